import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Sync } from './sync.ts'

let loads: { resolve(): void; reject(error: Error): void }[]
let failures: unknown[]
let sync: Sync

beforeEach(() => {
  vi.useFakeTimers()
  loads = []
  failures = []
  sync = new Sync(
    () => new Promise<void>((resolve, reject) => loads.push({ resolve, reject })),
    (error) => failures.push(error),
  )
})

afterEach(() => {
  sync.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('loads once more after the load under way, however often that was wanted', async () => {
  sync.want()
  sync.want()
  sync.want()
  expect(loads.length).toBe(1)
  loads[0]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(loads.length).toBe(2)
  loads[1]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(loads.length).toBe(2)
})

it('tries again after a failure, later each time', async () => {
  sync.want()
  loads[0]?.reject(new Error('first'))
  await vi.advanceTimersByTimeAsync(999)
  expect(loads.length).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(loads.length).toBe(2)
  loads[1]?.reject(new Error('second'))
  await vi.advanceTimersByTimeAsync(1_999)
  expect(loads.length).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(loads.length).toBe(3)
  expect(failures).toEqual([new Error('first'), new Error('second')])
})

it('does not wait when it is wanted after a failure', async () => {
  sync.want()
  loads[0]?.reject(new Error('first'))
  await vi.advanceTimersByTimeAsync(0)
  sync.want()
  expect(loads.length).toBe(2)
})

it('does nothing after it was stopped', async () => {
  sync.want()
  sync.stop()
  loads[0]?.reject(new Error('late'))
  await vi.advanceTimersByTimeAsync(60_000)
  sync.want()
  expect([loads.length, failures, sync.isStopped]).toEqual([1, [], true])
})
