import type { Message } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allMessages,
  type ChatMessage,
  change,
  confirm,
  emptyTimeline,
  pend,
  type Timeline,
  trim,
  unchange,
} from './timeline.ts'

const message = (offset: number, values: Partial<Message> = {}): Message => ({
  id: `m${offset}`,
  conversation: 'general',
  offset,
  sender: 'ada',
  body: `body ${offset}`,
  createdAt: offset,
  ...values,
})

const edited = (offset: number, body: string) => ({
  offset,
  apply: (shown: ChatMessage) => ({ ...shown, body }),
})

const pending = (id: string): ChatMessage => ({ ...message(0, { id }), status: 'sending', own: true })

describe('a timeline', () => {
  it('shows each message once, by offset, whatever the order in which pages and events bring it', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 10 })), (pages) => {
        const timeline = pages.reduce<Timeline>(
          (current, offsets) =>
            confirm(
              current,
              offsets.map((offset) => message(offset)),
              'ada',
            ),
          emptyTimeline,
        )
        const expected = [...new Set(pages.flat())].sort((one, other) => one - other)
        expect(allMessages(timeline).map(({ offset }) => offset)).toEqual(expected)
      }),
    )
  })

  it('shows pending messages last, until they are confirmed by sender and id', () => {
    const timeline = confirm(pend(pend(emptyTimeline, pending('m1')), pending('m2')), [message(7)], 'ada')
    expect(allMessages(timeline).map(({ id }) => id)).toEqual(['m7', 'm1', 'm2'])
    const foreign = confirm(timeline, [message(8, { id: 'm1', sender: 'grace' })], 'ada')
    expect(foreign.pending.map(({ id }) => id)).toEqual(['m1', 'm2'])
    const own = confirm(foreign, [message(9, { id: 'm1' })], 'ada')
    expect(allMessages(own).map(({ id, own: mine }) => `${id} ${mine}`)).toEqual([
      'm7 true',
      'm1 false',
      'm1 true',
      'm2 true',
    ])
  })

  it('ends with the newest version of a message, whatever the order in which versions come', () => {
    const versions = [
      message(1),
      message(1, { body: 'edited', editedAt: 10 }),
      message(1, { body: 'again', editedAt: 20 }),
      message(1, { body: '', editedAt: 20, deletedAt: 30 }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: 4, maxLength: 4 }), (order) => {
        const timeline = order.reduce<Timeline>(
          (current, version) => confirm(current, [version], 'ada'),
          emptyTimeline,
        )
        expect(allMessages(timeline)[0]).toMatchObject({ body: '', deletedAt: 30 })
      }),
    )
  })

  it('keeps unchanged messages as the same objects', () => {
    const before = confirm(emptyTimeline, [message(1), message(2)], 'ada')
    const after = change(confirm(before, [message(3)], 'ada'), edited(2, 'new'))
    expect(allMessages(after)[0]).toBe(before.confirmed[0])
    expect(allMessages(after)[1]?.body).toBe('new')
  })

  it('shows what is left of several changes when one of them is refused', () => {
    const first = edited(1, 'first')
    const second = edited(1, 'second')
    const both = change(change(confirm(emptyTimeline, [message(1)], 'ada'), first), second)
    const bodyOf = (timeline: Timeline) => allMessages(timeline)[0]?.body
    expect(bodyOf(both)).toBe('second')
    expect(bodyOf(unchange(both, second))).toBe('first')
    expect(bodyOf(unchange(both, first))).toBe('second')
    expect(bodyOf(unchange(unchange(both, first), second))).toBe('body 1')
  })

  it('forgets the oldest when there are too many', () => {
    const timeline = confirm(emptyTimeline, [message(1), message(2), message(3)], 'ada')
    expect(trim(timeline, 2).confirmed.map(({ offset }) => offset)).toEqual([2, 3])
    expect(trim(timeline, 3)).toBe(timeline)
  })
})
