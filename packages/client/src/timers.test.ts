// Time goes on evenly, whatever happens to the system's clock.
import { afterEach, expect, it, vi } from 'vitest'
import { systemTimers } from './timers.ts'

const HOUR_MS = 3_600_000

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([-6, 6])('does not jump when the clock is set by %i hours', (hours) => {
  const before = systemTimers.now()
  expect(Math.abs(before - Date.now())).toBeLessThan(1_000)
  const set = Date.now() + hours * HOUR_MS
  vi.spyOn(Date, 'now').mockReturnValue(set)
  const after = systemTimers.now()
  expect(after).toBeGreaterThanOrEqual(before)
  expect(after - before).toBeLessThan(1_000)
  expect(Number.isInteger(after)).toBe(true)
})
