// What was begun and not sent, per person and conversation or thread. Kept in this browser.
// Files that were to be sent along are kept until the page is closed.
import type { Attachment } from '@nowcast/react'
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

const files = new Map<string, readonly Attachment[]>()
const filesKey = (userId: string, conversation: string): string => `${userId}\n${conversation}`

/** The files that were to be sent along with a draft. */
export const draftFilesOf = (userId: string, conversation: string): readonly Attachment[] =>
  files.get(filesKey(userId, conversation)) ?? []

/** Keeps the files of a draft; an empty list removes it. The oldest go when there are too many. */
export function keepDraftFiles(
  userId: string,
  conversation: string,
  attachments: readonly Attachment[],
): void {
  const key = filesKey(userId, conversation)
  files.delete(key)
  if (attachments.length > 0) files.set(key, attachments)
  const oldest = files.keys().next().value
  if (files.size > MAX_DRAFTS && oldest !== undefined) files.delete(oldest)
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
