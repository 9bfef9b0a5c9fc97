// What was found, or why there is nothing.
import type { Conversation, Message } from '@nowcast/react'
import { useConversations } from '@nowcast/react'
import { useEffect, useRef } from 'react'
import { useNow } from '../app/useNow.ts'
import { ConversationTile } from '../conversations/ConversationTile.tsx'
import { titleOf } from '../conversations/describe.ts'
import { usePersons } from '../people/usePersons.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import { briefTime } from '../theme/time.ts'
import { excerptOf } from './excerpt.ts'
import { Highlight } from './Highlight.tsx'
import { MIN_QUERY, type SearchState } from './useSearch.ts'

const MINUTE_MS = 60_000

/** One thing that was found. */
export type SearchResult =
  | { readonly kind: 'conversation'; readonly conversation: Conversation; readonly title: string }
  | { readonly kind: 'message'; readonly message: Message }

/** What the results need. */
export type SearchResultsProps = {
  readonly listId: string
  readonly results: readonly SearchResult[]
  /** The index of the chosen one. */
  readonly current: number
  readonly query: string
  readonly state: SearchState
  readonly onChoose: (result: SearchResult) => void
  readonly onPoint: (index: number) => void
}

/** What was found, or why there is nothing. */
export function SearchResults(props: SearchResultsProps) {
  const { listId, results, current, query, state, onChoose, onPoint } = props
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector(`[id="${listId}-${current}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, current])
  const firstMessage = results.findIndex(({ kind }) => kind === 'message')
  return (
    <div className="search__results" aria-busy={state.status === 'searching'}>
      <p className="visually-hidden" aria-live="polite">
        {state.status === 'found' && `${results.length} results`}
      </p>
      <div ref={list} id={listId} role="listbox" aria-label="Results">
        {results.map((result, index) => (
          <div key={keyOf(result)} role="presentation">
            {index === 0 && result.kind === 'conversation' && (
              <p className="search__heading">Conversations</p>
            )}
            {index === firstMessage && <p className="search__heading">Messages</p>}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above handles the keys */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus */}
            <div
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === current}
              className="result"
              onClick={() => onChoose(result)}
              onPointerMove={() => onPoint(index)}
            >
              {result.kind === 'conversation' ? (
                <>
                  <ConversationTile conversation={result.conversation} name={result.title} />
                  <span className="result__title">
                    <Highlight text={result.title} query={query} />
                  </span>
                </>
              ) : (
                <FoundMessage message={result.message} query={query} />
              )}
            </div>
          </div>
        ))}
      </div>
      {state.status === 'searching' && firstMessage < 0 && <SkeletonRows rows={3} />}
      {state.status === 'failed' && <Problem reason={state.reason} />}
      {results.length === 0 && state.status === 'found' && (
        <p className="search__nothing">
          Nothing found for <strong>{query}</strong>. Try fewer or other words.
        </p>
      )}
      {results.length === 0 && state.status === 'idle' && (
        <p className="search__nothing">Type at least {MIN_QUERY} characters to search messages.</p>
      )}
    </div>
  )
}

const keyOf = (result: SearchResult): string =>
  result.kind === 'conversation'
    ? `conversation ${result.conversation.id}`
    : `message ${result.message.conversation} ${result.message.offset}`

function FoundMessage({ message, query }: { readonly message: Message; readonly query: string }) {
  const { conversations } = useConversations()
  const personOf = usePersons()
  const now = useNow(MINUTE_MS)
  const sender = personOf(message.sender)
  const conversation = conversations.find(({ id }) => id === message.conversation)
  return (
    <>
      <Avatar id={sender.id} name={sender.name} picture={sender.avatar} />
      <span className="result__text">
        <span className="result__first">
          <span className="result__sender">{sender.name}</span>
          {conversation !== undefined && (
            <span className="result__place">in {titleOf(conversation, personOf)}</span>
          )}
          <time className="result__time">{briefTime(message.createdAt, now)}</time>
        </span>
        <span className="result__excerpt">
          <Highlight text={excerptOf(message.body, query)} query={query} />
        </span>
      </span>
    </>
  )
}
