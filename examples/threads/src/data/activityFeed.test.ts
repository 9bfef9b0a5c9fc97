import { expect, it } from 'vitest'
import type { Activity } from '../../shared/api.ts'
import { leavesHole, MAX_ACTIVITY, mergeActivity } from './activityFeed.ts'

const line = (sequence: number): Activity => ({
  sequence,
  kind: 'comment:created',
  actor: 'maya',
  thread: 'thread',
  threadTitle: 'Title',
  detail: '',
  at: sequence,
})

it('shows each line once, the newest first', () => {
  const merged = mergeActivity([line(3), line(1)], [line(2), line(3)])
  expect(merged.map(({ sequence }) => sequence)).toEqual([3, 2, 1])
})

it('keeps the newest fifty', () => {
  const lines = Array.from({ length: 70 }, (_, index) => line(index + 1))
  const merged = mergeActivity([], lines)
  expect([merged.length, merged[0]?.sequence, merged.at(-1)?.sequence]).toEqual([MAX_ACTIVITY, 70, 21])
})

it('notices that a line in between is missing', () => {
  expect(leavesHole([line(4)], line(5))).toBe(false)
  expect(leavesHole([line(4)], line(6))).toBe(true)
  expect(leavesHole([line(4)], line(2))).toBe(false)
  expect(leavesHole([], line(9))).toBe(false)
})
