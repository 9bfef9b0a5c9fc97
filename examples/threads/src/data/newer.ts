// Which of two versions of a thing is the newer one.
import type { Comment, Item, Thread } from '../../shared/api.ts'

/** The thread with the higher version; with the same version, the one that was touched last (its counts differ). */
export function newerThread(known: Thread, incoming: Thread): Thread {
  if (incoming.version !== known.version) return incoming.version > known.version ? incoming : known
  return incoming.updatedAt >= known.updatedAt ? incoming : known
}

/** The comment that was edited last. */
export const newerComment = (known: Comment, incoming: Comment): Comment =>
  (incoming.editedAt ?? 0) >= (known.editedAt ?? 0) ? incoming : known

/** Items never change. */
export const newerItem = (known: Item): Item => known
