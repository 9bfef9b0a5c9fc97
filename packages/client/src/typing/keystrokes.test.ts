import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualTimers } from '../testing/manualTimers.ts'
import { Keystrokes } from './keystrokes.ts'

/** Keystrokes on a server that takes everything. */
function keyboard() {
  const timers = new ManualTimers()
  const begin = timers.now()
  const calls: { readonly typing: boolean; readonly at: number }[] = []
  const state = { ready: true }
  const keystrokes = new Keystrokes(timers, {
    ready: () => state.ready,
    say: (typing) => calls.push({ typing, at: timers.now() - begin }),
    changed: () => {},
  })
  const strike = (count: number, everyMs: number) => {
    for (let key = 0; key < count; key += 1) {
      keystrokes.struck()
      timers.advance(everyMs)
    }
  }
  return { timers, calls, keystrokes, strike, state, now: () => timers.now() - begin }
}

describe('keystrokes', () => {
  it('are told 300 ms after the first, and their end after 3 s of silence', () => {
    const { calls, strike, timers } = keyboard()
    strike(10, 100)
    timers.advance(60_000)
    expect(calls).toEqual([
      { typing: true, at: 300 },
      { typing: false, at: 900 + 3_000 },
    ])
    expect(timers.size).toBe(0)
  })

  it('are told again every 4 s for as long as they go on', () => {
    const { calls, strike } = keyboard()
    strike(100, 200)
    expect(calls).toEqual([300, 4_400, 8_400, 12_400, 16_400].map((at) => ({ typing: true, at })))
  })

  it('are not told when they end before 300 ms', () => {
    const { calls, strike, keystrokes, timers } = keyboard()
    strike(2, 100)
    keystrokes.stop()
    strike(2, 100)
    keystrokes.forget()
    expect(timers.size).toBe(0)
    timers.advance(60_000)
    expect(calls).toEqual([])
  })

  it('end at once where a call is allowed, and else as soon as one is', () => {
    const { calls, strike, keystrokes, timers } = keyboard()
    strike(30, 100)
    keystrokes.stop()
    expect(calls.at(-1)).toEqual({ typing: false, at: 3_000 })
    strike(30, 100)
    expect(calls.at(-1)).toEqual({ typing: true, at: 5_000 })
    keystrokes.stop()
    timers.advance(10_000)
    expect(calls.at(-1)).toEqual({ typing: false, at: 7_000 })
  })

  it('go on without a call when their end was not told yet', () => {
    const { calls, strike, keystrokes } = keyboard()
    strike(5, 100)
    keystrokes.stop()
    strike(30, 100)
    expect(calls).toEqual([{ typing: true, at: 300 }])
  })

  it('end without a call when a message is sent', () => {
    const { calls, strike, keystrokes, timers } = keyboard()
    strike(5, 100)
    keystrokes.forget()
    timers.advance(60_000)
    expect(calls).toEqual([{ typing: true, at: 300 }])
  })

  it('wait until something can be said', () => {
    const { calls, strike, keystrokes, state } = keyboard()
    state.ready = false
    strike(10, 100)
    state.ready = true
    keystrokes.plan()
    strike(1, 100)
    expect(calls).toEqual([{ typing: true, at: 1_000 }])
  })

  it('are told again after a refusal, not before the server allows it', () => {
    const { calls, strike, keystrokes, timers } = keyboard()
    strike(5, 100)
    keystrokes.refused(10_000)
    strike(150, 100)
    expect(calls.slice(0, 2)).toEqual([
      { typing: true, at: 300 },
      { typing: true, at: 10_500 },
    ])
    keystrokes.refused(60_000)
    timers.advance(60_000)
    expect(calls.at(-1)?.typing).toBe(true)
    expect(timers.size).toBe(0)
  })

  it('never lead to more than one call in 2 s; what was said is true, and taken back after silence', () => {
    const action = fc.oneof(
      { weight: 20, arbitrary: fc.constant('key' as const) },
      { weight: 2, arbitrary: fc.constant('stop' as const) },
      { weight: 2, arbitrary: fc.constant('sent' as const) },
      { weight: 1, arbitrary: fc.constant('refused' as const) },
    )
    const pause = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 20, max: 500 }) },
      { weight: 1, arbitrary: fc.integer({ min: 500, max: 9_000 }) },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(action, pause), { maxLength: 120 }), (trace) => {
        const { calls, keystrokes, timers, now } = keyboard()
        let lastKeyAt = Number.NEGATIVE_INFINITY
        /** What the server believes. */
        let believed = false
        let seen = 0
        const look = () => {
          for (const { typing, at } of calls.slice(seen)) {
            // It is only said of who has struck a key lately, and only taken back where it was said.
            if (typing) expect(at - lastKeyAt).toBeLessThan(3_000)
            else expect(believed).toBe(true)
            believed = typing
          }
          seen = calls.length
        }
        for (const [what, ms] of trace) {
          if (what === 'key') {
            lastKeyAt = now()
            keystrokes.struck()
          } else if (what === 'stop') keystrokes.stop()
          else if (what === 'sent') {
            keystrokes.forget()
            believed = false
          } else if (believed) {
            keystrokes.refused(1_000)
            believed = false
          }
          look()
          timers.advance(ms)
          look()
        }
        timers.advance(5_000)
        look()
        expect(believed).toBe(false)
        expect(timers.size).toBe(0)
        for (const [index, { at }] of calls.slice(1).entries()) {
          expect(at - (calls[index]?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('need less than a tenth of the calls that one for each would be', () => {
    // A small generator with a seed, so that a failure repeats.
    let seed = 20_260
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed / 2 ** 31
    }
    const { calls, keystrokes, timers } = keyboard()
    let keys = 0
    const strike = (count: number) => {
      for (let key = 0; key < count; key += 1) {
        keystrokes.struck()
        keys += 1
        timers.advance(80 + random() * 320)
      }
    }
    for (let message = 0; message < 40; message += 1) {
      for (let words = 3 + random() * 12; words > 0; words -= 1) {
        strike(3 + random() * 6)
        // A word is thought over, or some of it taken back.
        if (random() < 0.15) timers.advance(500 + random() * 4_000)
        if (random() < 0.2) strike(1 + random() * 4)
      }
      keystrokes.forget()
      timers.advance(1_000 + random() * 20_000)
    }
    expect(keys).toBeGreaterThan(1_000)
    expect(calls.length / keys).toBeLessThan(0.1)
  })
})
