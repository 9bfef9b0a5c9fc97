// How a person is, in words.
import type { PersonStatus } from '@nowcast/react'
import { briefTime } from '../theme/time.ts'

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60

/** "Online", "Away", "Last seen 5 minutes ago"; empty until it is known. */
export function presenceText(person: PersonStatus | undefined, now: number): string {
  if (person === undefined) return ''
  if (person.status === 'online') return 'Online'
  if (person.status === 'away') return 'Away'
  return person.lastSeenAt === undefined ? 'Offline' : `Last seen ${ago(person.lastSeenAt, now)}`
}

function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / MINUTE_MS)
  if (minutes < 1) return 'just now'
  if (minutes < HOUR_MINUTES) return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
  return briefTime(at, now)
}
