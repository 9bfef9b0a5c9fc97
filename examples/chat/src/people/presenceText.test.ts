// How a person is, in words.
import { expect, test } from 'vitest'
import { presenceText } from './presenceText.ts'

const NOW = new Date(2026, 5, 15, 14, 30).getTime()
const minutesAgo = (minutes: number) => NOW - minutes * 60_000

test.each([
  [undefined, ''],
  [{ id: 'ada', status: 'online' as const }, 'Online'],
  [{ id: 'ada', status: 'away' as const }, 'Away'],
  [{ id: 'ada', status: 'offline' as const }, 'Offline'],
  [{ id: 'ada', status: 'offline' as const, lastSeenAt: minutesAgo(0.5) }, 'Last seen just now'],
  [{ id: 'ada', status: 'offline' as const, lastSeenAt: minutesAgo(1) }, 'Last seen a minute ago'],
  [{ id: 'ada', status: 'offline' as const, lastSeenAt: minutesAgo(59) }, 'Last seen 59 minutes ago'],
  [{ id: 'ada', status: 'offline' as const, lastSeenAt: minutesAgo(24 * 60) }, 'Last seen Yesterday'],
])('%o reads "%s"', (person, text) => expect(presenceText(person, NOW)).toBe(text))
