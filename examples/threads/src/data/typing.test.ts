import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { EventListener, Members, RealtimeChannel } from '../realtime/realtime.ts'
import { Variable } from '../realtime/variable.ts'
import { Typing } from './typing.ts'

/** A channel whose other end is the test. */
class TestChannel implements Pick<RealtimeChannel, 'on' | 'members' | 'sendClientEvent'> {
  readonly members = new Variable<Members>({ people: [], count: 0 })
  readonly sent: unknown[] = []
  readonly #listeners = new Set<EventListener>()

  on(_event: string, listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  sendClientEvent(_event: string, data: unknown): void {
    this.sent.push(data)
  }

  hear(data: unknown, sender?: string): void {
    for (const listener of this.#listeners) listener(data, sender)
  }
}

let channel: TestChannel
let typing: Typing
const users = () => typing.users.getSnapshot()

beforeEach(() => {
  vi.useFakeTimers()
  channel = new TestChannel()
  typing = new Typing(channel, 'me')
})

afterEach(() => {
  typing.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('shows who types until they stop or fall silent', () => {
  channel.hear({ user: 'maya', typing: true }, 'maya')
  channel.hear({ user: 'jonas', typing: true }, 'jonas')
  expect(users()).toEqual(['maya', 'jonas'])
  channel.hear({ user: 'maya', typing: false }, 'maya')
  expect(users()).toEqual(['jonas'])
  vi.advanceTimersByTime(6_000)
  expect(users()).toEqual([])
})

it('believes the server who it is, not the other page, and leaves out the own pages and nonsense', () => {
  channel.hear({ user: 'maya', typing: true }, 'jonas')
  channel.hear({ user: 'maya', typing: true }, 'me')
  channel.hear({ user: 'maya', typing: true }, undefined)
  channel.hear('typing', 'priya')
  expect(users()).toEqual(['jonas'])
})

it('forgets who has left', () => {
  channel.hear({ user: 'maya', typing: true }, 'maya')
  channel.members.set({ people: [{ id: 'me', name: 'Me', avatar: '' }], count: 1 })
  expect(users()).toEqual([])
})

it('says so at the first keystroke, seldom after that, and when it ends', () => {
  for (let index = 0; index < 10; index += 1) {
    typing.typed()
    vi.advanceTimersByTime(300)
  }
  typing.stopped()
  typing.stopped()
  expect(channel.sent).toEqual([
    { user: 'me', typing: true },
    { user: 'me', typing: true },
    { user: 'me', typing: false },
  ])
})
