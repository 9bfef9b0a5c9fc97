// A moment as people speak of it, kept current.
import { briefTime, fullTime } from './time.ts'
import { useNow } from './useNow.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How long ago, within the hour; then the time of day, then the date. */
function spoken(at: number, now: number): string {
  const agoMs = now - at
  if (agoMs < MINUTE_MS) return 'just now'
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min ago`
  return briefTime(at, now)
}

/** A moment. `at`: milliseconds since 1970. */
export function Moment({ at }: { readonly at: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {spoken(at, now)}
    </time>
  )
}
