import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Batched, batched } from './batched.ts'

const WINDOW_MS = 100

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A value that a test changes. */
class Source<T = number> {
  value: T
  constructor(value: T) {
    this.value = value
  }
  readonly listeners = new Set<() => void>()
  readonly getSnapshot = () => this.value
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
  set(value: T) {
    this.value = value
    for (const listener of [...this.listeners]) listener()
  }
}

function look() {
  const source = new Source(0)
  const batch = new Batched(source, WINDOW_MS)
  const shown: { readonly value: number; readonly at: number }[] = []
  const stop = batch.subscribe(() => shown.push({ value: batch.getSnapshot(), at: Date.now() }))
  return { source, batch, shown, stop }
}

describe('what comes in bursts', () => {
  it('is shown at once the first time, then together at the end of each window', () => {
    const { source, shown } = look()
    const begin = Date.now()
    source.set(source.value + 1)
    for (let turn = 0; turn < 25; turn += 1) {
      vi.advanceTimersByTime(10)
      source.set(source.value + 1)
    }
    vi.advanceTimersByTime(1_000)
    expect(shown.map(({ value, at }) => [value, at - begin])).toEqual([
      [1, 0],
      [10, 100],
      [20, 200],
      [26, 300],
    ])
    source.set(source.value + 1)
    expect(shown.at(-1)?.value).toBe(27)
  })

  it('is never shown more than once in a window, in order, and never late by more than one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 })), (pauses) => {
        const { source, shown, stop } = look()
        const changes: number[] = []
        for (const pause of pauses) {
          vi.advanceTimersByTime(pause)
          source.set(source.value + 1)
          changes.push(Date.now())
        }
        vi.advanceTimersByTime(WINDOW_MS)
        expect(shown.at(-1)?.value ?? 0).toBe(source.value)
        for (const [index, { at, value }] of shown.entries()) {
          const before = shown[index - 1]
          if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(WINDOW_MS)
          const first = changes[before?.value ?? 0] ?? 0
          expect(at - first).toBeLessThanOrEqual(WINDOW_MS)
          expect(value).toBeGreaterThan(before?.value ?? 0)
        }
        stop()
        vi.advanceTimersByTime(WINDOW_MS)
        expect([source.listeners.size, vi.getTimerCount()]).toEqual([0, 0])
      }),
    )
  })

  it('is shown at once when the user has done something', () => {
    const { source, batch, shown } = look()
    source.set(source.value + 1)
    source.set(source.value + 1)
    batch.flush()
    expect(shown.map(({ value }) => value)).toEqual([1, 2])
    batch.flush()
    expect(shown).toHaveLength(2)
  })

  it('is shown at once when its status changes, and what comes first after that too', () => {
    const source = new Source({ status: 'loading', count: 0 })
    const batch = new Batched(source, WINDOW_MS)
    const shown: unknown[] = []
    batch.subscribe(() => shown.push(batch.getSnapshot()))
    const steps = [
      { status: 'loading', count: 1 },
      { status: 'ready', count: 2 },
      { status: 'ready', count: 3 },
    ]
    for (const step of steps) source.set(step)
    expect(shown).toEqual(steps)
    source.set({ status: 'ready', count: 4 })
    expect(shown).toEqual(steps)
    vi.advanceTimersByTime(WINDOW_MS)
    expect(shown.at(-1)).toEqual({ status: 'ready', count: 4 })
  })

  it('is current for who begins to look', () => {
    const { source, batch, stop } = look()
    source.set(source.value + 1)
    source.set(source.value + 1)
    expect(batch.getSnapshot()).toBe(1)
    stop()
    expect([batch.getSnapshot(), source.listeners.size, vi.getTimerCount()]).toEqual([2, 0, 0])
    source.set(source.value + 1)
    batch.subscribe(() => {})
    expect(batch.getSnapshot()).toBe(3)
  })

  it('is the same for all who look', () => {
    const source = new Source(0)
    expect(batched(source, 100)).toBe(batched(source, 100))
    expect(batched(source, 50)).not.toBe(batched(source, 100))
  })
})
