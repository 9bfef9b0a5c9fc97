import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTimers } from '../../testing/manualTimers.ts'
import type { TransportListener } from '../transport.ts'
import { TransportProbe } from './probe.ts'

let timers: ManualTimers
let probe: TransportProbe
/** What was opened, in order. */
let opened: {
  readonly name: string
  readonly listener: TransportListener
  readonly sent: string[]
  closed: boolean
}[]
let found: string[]

beforeEach(() => {
  timers = new ManualTimers()
  opened = []
  found = []
  probe = new TransportProbe(timers, (name) => (listener) => {
    const attempt = { name, listener, sent: [] as string[], closed: false }
    opened.push(attempt)
    return {
      send: (text) => void attempt.sent.push(text),
      close() {
        attempt.closed = true
      },
    }
  })
})

const turn = () => new Promise((resolve) => setImmediate(resolve))
const start = () => probe.start(['websocket', 'stream'], (name) => found.push(name))

describe('the look for a better transport', () => {
  it('finds one that answers, not one that only opens', async () => {
    start()
    timers.advance(29_000)
    expect(opened).toEqual([])
    timers.advance(1_000)
    const [first] = opened
    first?.listener.opened()
    expect(first?.sent).toHaveLength(1)
    timers.advance(5_000)
    await turn()
    const [, second] = opened
    expect([first?.closed, second?.name, found]).toEqual([true, 'stream', []])
    second?.listener.opened()
    second?.listener.received('{}')
    await turn()
    expect([second?.closed, found]).toEqual([true, ['stream']])
    expect(timers.size).toBe(0)
  })

  it('comes later each time, up to ten minutes, and early again when the surroundings change', async () => {
    const delays = async (count: number) => {
      const waited: number[] = []
      for (let round = 0; round < count; round += 1) {
        const before = timers.now()
        const attempts = opened.length
        while (opened.length === attempts) timers.advance(1_000)
        waited.push((timers.now() - before) / 1_000)
        for (let index = 0; index < 2; index += 1) {
          opened.at(-1)?.listener.closed(1006)
          await turn()
        }
      }
      return waited
    }
    start()
    expect(await delays(7)).toEqual([30, 60, 120, 240, 480, 600, 600])
    probe.stop()
    probe.reset()
    start()
    expect(await delays(1)).toEqual([30])
  })

  it('ends at any moment, and nothing is found after that', async () => {
    start()
    probe.stop()
    expect(timers.size).toBe(0)
    start()
    timers.advance(30_000)
    opened[0]?.listener.opened()
    probe.stop()
    await turn()
    expect([opened.length, opened[0]?.closed, timers.size]).toEqual([1, true, 0])
    opened[0]?.listener.received('{}')
    await turn()
    expect(found).toEqual([])
  })
})
