// When a member came to a message: read off the times of the last moves of the member's cursor.
import { KEPT_MARKS } from '../../store/receiptStore.ts'

/**
 * When a cursor came to an offset, in milliseconds since 1970; undefined when it has not, or when that was too many moves
 * ago to be known.
 * @param marks pairs of an offset and a time, newest first
 */
export function reachedAt(marks: readonly number[], offset: number): number | undefined {
  let at: number | undefined
  let seen = 0
  for (; seen < marks.length; seen += 2) {
    const [mark, time] = [marks[seen], marks[seen + 1]]
    if (mark === undefined || mark < offset) break
    at = time
  }
  // An older move, which is forgotten, may have been the one that came there.
  const isOldestKept = seen === 2 * KEPT_MARKS
  return isOldestKept ? undefined : at
}
