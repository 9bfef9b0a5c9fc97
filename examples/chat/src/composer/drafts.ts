// What was begun and not sent, per person and conversation or thread. Kept in this browser.
import { useCallback, useSyncExternalStore } from 'react'

const MAX_DRAFTS = 100
const PREFIX = 'nowcast.chat.drafts.'

const listeners = new Set<() => void>()
const loaded = new Map<string, Map<string, string>>()

function draftsOf(userId: string): Map<string, string> {
  const held = loaded.get(userId)
  if (held !== undefined) return held
  const drafts = new Map(parse(localStorage.getItem(PREFIX + userId)))
  loaded.set(userId, drafts)
  return drafts
}

function parse(text: string | null): [string, string][] {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  } catch {
    return []
  }
}

/** What the draft of a thread is kept under. `#` stands in no id of a conversation. */
export const threadDraft = (conversation: string, root: number): string => `${conversation}#${root}`

/** The draft of a conversation or thread; empty when there is none. */
export const draftOf = (userId: string, conversation: string): string =>
  draftsOf(userId).get(conversation) ?? ''

/** Keeps a draft; an empty text removes it. The oldest goes when there are too many. */
export function keepDraft(userId: string, conversation: string, text: string): void {
  const drafts = draftsOf(userId)
  drafts.delete(conversation)
  if (text.trim() !== '') drafts.set(conversation, text)
  const oldest = drafts.keys().next().value
  if (drafts.size > MAX_DRAFTS && oldest !== undefined) drafts.delete(oldest)
  localStorage.setItem(PREFIX + userId, JSON.stringify(Object.fromEntries(drafts)))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether a conversation has a draft; renders again only when that changes. */
export function useHasDraft(userId: string, conversation: string): boolean {
  const snapshot = useCallback(() => draftOf(userId, conversation) !== '', [userId, conversation])
  return useSyncExternalStore(subscribe, snapshot)
}
