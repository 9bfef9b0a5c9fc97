// Which threads the list shows.
import type { Thread, ThreadStatus } from '../../shared/api.ts'

/** `all`: whatever the status. */
export type StatusChoice = ThreadStatus | 'all'

/** The threads with a status whose title or description contains every word searched for, in the order given. */
export function selectThreads(
  threads: readonly Thread[],
  status: StatusChoice,
  search: string,
): readonly Thread[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return threads.filter((thread) => {
    if (status !== 'all' && thread.status !== status) return false
    const text = `${thread.title}\n${thread.description}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** How many threads there are of each status. */
export function countByStatus(threads: readonly Thread[]): Readonly<Record<StatusChoice, number>> {
  const counts = { all: threads.length, open: 0, 'in-progress': 0, resolved: 0, archived: 0 }
  for (const { status } of threads) counts[status] += 1
  return counts
}
