// Searches messages while a person types: after a short pause, and only the latest answer counts.
import { type Message, useNowcast } from '@nowcast/react'
import { useEffect, useState } from 'react'
import { reasonOf } from '../theme/errors.ts'

const PAUSE_MS = 180

/** Fewer characters would find nearly everything. */
export const MIN_QUERY = 2

/** What a search has found. Earlier results stay while the next ones are on their way. */
export type SearchState =
  | { readonly status: 'idle' }
  | { readonly status: 'searching'; readonly messages: readonly Message[] }
  | { readonly status: 'found'; readonly messages: readonly Message[] }
  | { readonly status: 'failed'; readonly reason: string }

type Answer =
  | { readonly key: string; readonly messages: readonly Message[] }
  | { readonly key: string; readonly reason: string }

/** Searches for a text in one conversation, or with `undefined` in all of the person's. */
export function useSearch(text: string, within: string | undefined): SearchState {
  const nowcast = useNowcast()
  const [answer, setAnswer] = useState<Answer>()
  const query = text.trim()
  const key = JSON.stringify([query, within])
  const wanted = query.length >= MIN_QUERY

  useEffect(() => {
    if (!wanted) return
    let stale = false
    const search = () => {
      const found =
        within === undefined
          ? nowcast.conversations.search(query)
          : nowcast.conversation(within).search(query)
      found.then(
        ({ messages }) => {
          if (!stale) setAnswer({ key, messages })
        },
        (error: unknown) => {
          if (!stale) setAnswer({ key, reason: reasonOf(error) })
        },
      )
    }
    const timer = setTimeout(search, PAUSE_MS)
    return () => {
      stale = true
      clearTimeout(timer)
    }
  }, [nowcast, wanted, query, within, key])

  if (!wanted) return { status: 'idle' }
  if (answer?.key !== key) {
    return {
      status: 'searching',
      messages: answer !== undefined && 'messages' in answer ? answer.messages : [],
    }
  }
  return 'reason' in answer
    ? { status: 'failed', reason: answer.reason }
    : { status: 'found', messages: answer.messages }
}
