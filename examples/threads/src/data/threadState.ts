// One thread as its page shows it: pure steps from what is known and what is under way to what is seen.
import type { Comment, Item, Thread } from '../../shared/api.ts'

/** `sending`: shown before the backend has it. `failed`: the backend did not take it; it may be sent again. */
export type Delivery =
  | { readonly status: 'sent' }
  | { readonly status: 'sending' }
  | { readonly status: 'failed'; readonly reason: string }

/** A comment, and whether it has arrived. */
export interface ShownComment extends Comment {
  readonly delivery: Delivery
}

/** An item, and whether it has arrived. */
export interface ShownItem extends Item {
  readonly delivery: Delivery
}

/** A thread with all that belongs to it. */
export interface ThreadState {
  readonly thread: Thread
  /** The oldest first. */
  readonly comments: readonly ShownComment[]
  /** The oldest first. */
  readonly items: readonly ShownItem[]
}

const SENT: Delivery = { status: 'sent' }

const byAge = (a: { createdAt: number; id: string }, b: { createdAt: number; id: string }): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

/** What the backend has said. */
export function confirmed(thread: Thread, comments: readonly Comment[], items: readonly Item[]): ThreadState {
  return {
    thread,
    comments: comments.map((comment) => ({ ...comment, delivery: SENT })).sort(byAge),
    items: items.map((item) => ({ ...item, delivery: SENT })).sort(byAge),
  }
}

/** Other facts of the thread itself. */
export const withFacts =
  (facts: Partial<Pick<Thread, 'title' | 'status'>>) =>
  (state: ThreadState): ThreadState => ({ ...state, thread: { ...state.thread, ...facts } })

/** A new comment at the end, until the backend has it. */
export const withComment =
  (comment: ShownComment) =>
  (state: ThreadState): ThreadState =>
    state.comments.some(({ id }) => id === comment.id)
      ? state
      : { ...state, comments: [...state.comments, comment] }

/** Another text of a comment. */
export const withBody =
  (id: string, body: string) =>
  (state: ThreadState): ThreadState => ({
    ...state,
    comments: state.comments.map((comment) => (comment.id === id ? { ...comment, body } : comment)),
  })

/** Without a comment. */
export const withoutComment =
  (id: string) =>
  (state: ThreadState): ThreadState => ({
    ...state,
    comments: state.comments.filter((comment) => comment.id !== id),
  })

/** A new item at the end, until the backend has it. */
export const withItem =
  (item: ShownItem) =>
  (state: ThreadState): ThreadState =>
    state.items.some(({ id }) => id === item.id) ? state : { ...state, items: [...state.items, item] }

/** Without an item. */
export const withoutItem =
  (id: string) =>
  (state: ThreadState): ThreadState => ({ ...state, items: state.items.filter((item) => item.id !== id) })
