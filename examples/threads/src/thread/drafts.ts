// Comments that were begun, as long as the page lives.

/** Drafts that are kept; the oldest gives way. */
const MAX_DRAFTS = 50

const drafts = new Map<string, string>()

/** What was begun in a thread. */
export const keptDraft = (thread: string): string => drafts.get(thread) ?? ''

/** Keeps what was begun in a thread. */
export function keepDraft(thread: string, text: string): void {
  drafts.delete(thread)
  drafts.set(thread, text)
  const [oldest] = drafts.keys()
  if (drafts.size > MAX_DRAFTS && oldest !== undefined) drafts.delete(oldest)
}

/** Forgets it, for it was sent. */
export function forgetDraft(thread: string): void {
  drafts.delete(thread)
}
