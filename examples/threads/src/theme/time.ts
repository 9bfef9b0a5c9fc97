// Moments as people write them. The clock follows the reader's habits; the words are the page's language.
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const shortWeekday = new Intl.DateTimeFormat('en', { weekday: 'short' })
const shortDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'medium' })

const DAY_MS = 86_400_000

/** The start of a moment's day, in milliseconds since 1970, in the reader's time zone. */
function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

// Days with a change of the clock have 23 or 25 hours.
const daysBetween = (earlier: number, later: number): number =>
  Math.round((startOfDay(later) - startOfDay(earlier)) / DAY_MS)

/** The time of day. */
const clock = (at: number): string => clockFormat.format(at)

/** Day and time in full. */
export const fullTime = (at: number): string => full.format(at)

/** As short as a list needs it: the time of day, then the weekday, then the date. */
export function briefTime(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days <= 0) return clock(at)
  if (days === 1) return 'Yesterday'
  return days < 7 ? shortWeekday.format(at) : shortDate.format(at)
}
