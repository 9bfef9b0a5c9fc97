// The log groups by sender and minute, separates days, and marks where the new messages start.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyOf, type TimelineMessage, timeline } from './timeline.ts'

const NOON = new Date(2025, 5, 10, 12, 0, 0).getTime()

const message = (offset: number, sender: string, at: number): TimelineMessage => ({
  id: `m${offset}`,
  sender,
  createdAt: NOON + at,
  offset,
  own: sender === 'me',
})

const shape = (entries: ReturnType<typeof timeline>): readonly string[] =>
  entries.map((entry) => {
    if (entry.kind !== 'message') return entry.kind
    return `${entry.message.sender}${entry.startsGroup ? '*' : ''}`
  })

describe('timeline', () => {
  test('groups messages of one sender in one minute', () => {
    const messages = [message(1, 'ada', 0), message(2, 'ada', 20_000), message(3, 'ada', 61_000)]
    expect(shape(timeline(messages))).toEqual(['day', 'ada*', 'ada', 'ada*'])
  })

  test('starts a group when the sender changes', () => {
    const messages = [message(1, 'ada', 0), message(2, 'grace', 1), message(3, 'ada', 2)]
    expect(shape(timeline(messages))).toEqual(['day', 'ada*', 'grace*', 'ada*'])
  })

  test('separates days', () => {
    const messages = [message(1, 'ada', 0), message(2, 'ada', 86_400_000)]
    expect(shape(timeline(messages))).toEqual(['day', 'ada*', 'day', 'ada*'])
  })

  test('marks the first message by somebody else that was new at opening', () => {
    const messages = [message(1, 'ada', 0), message(2, 'me', 1), message(3, 'ada', 2), message(4, 'ada', 3)]
    expect(shape(timeline(messages, 2))).toEqual(['day', 'ada*', 'me*', 'new', 'ada*', 'ada'])
  })

  test('marks nothing above everything that is loaded, and nothing that is not sent yet', () => {
    const messages = [message(5, 'ada', 0), message(6, 'ada', 1), message(0, 'me', 2)]
    expect(shape(timeline(messages, 3))).toEqual(['day', 'ada*', 'ada', 'me*'])
    expect(shape(timeline(messages, 7))).toEqual(['day', 'ada*', 'ada', 'me*'])
  })

  test('shows every message once, in order, with keys of its own', () => {
    const senders = fc.constantFrom('me', 'ada', 'grace')
    const steps = fc.array(fc.record({ sender: senders, gap: fc.integer({ min: 0, max: 200_000_000 }) }))
    fc.assert(
      fc.property(steps, fc.nat(20), (list, firstUnread) => {
        let at = 0
        const messages = list.map(({ sender, gap }, index) => {
          at += gap
          return message(index + 1, sender, at)
        })
        const entries = timeline(messages, firstUnread)
        const shown = entries.flatMap((entry) => (entry.kind === 'message' ? [keyOf(entry.message)] : []))
        expect(shown).toEqual(messages.map(keyOf))
        expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length)
      }),
    )
  })
})
