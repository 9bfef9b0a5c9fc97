// Finds conversations by name and messages by their words; arrow keys choose, Enter opens.

import { type Message, useConversations } from '@nowcast/react'
import { Search, X } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import { navigate } from '../app/route.ts'
import { titleOf } from '../conversations/describe.ts'
import { usePersons } from '../people/usePersons.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import './search.css'
import { ScopeSwitch } from './ScopeSwitch.tsx'
import { type SearchResult, SearchResults } from './SearchResults.tsx'
import { type SearchState, useSearch } from './useSearch.ts'

const MAX_CONVERSATIONS = 5

/** What the dialog needs. */
export type SearchDialogProps = {
  /** Searches in this conversation first; absent: in all. */
  readonly within?: string
  /** The open conversation, which the search can be narrowed to. */
  readonly open: string | undefined
  readonly onClose: () => void
}

/** Finds conversations and messages. */
export function SearchDialog({ within, open, onClose }: SearchDialogProps) {
  const [text, setText] = useState('')
  const [scope, setScope] = useState(within)
  const [selected, setSelected] = useState(0)
  const { conversations } = useConversations()
  const personOf = usePersons()
  const state = useSearch(text, scope)
  const listId = useId()
  const scopeTitle = conversations.find(({ id }) => id === open)
  const query = text.trim()

  const named: readonly SearchResult[] =
    scope !== undefined
      ? []
      : conversations
          .map((conversation) => ({
            kind: 'conversation' as const,
            conversation,
            title: titleOf(conversation, personOf),
          }))
          .filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()))
          .slice(0, MAX_CONVERSATIONS)
  const results: readonly SearchResult[] = [
    ...named,
    ...messagesOf(state).map((message) => ({ kind: 'message' as const, message })),
  ]
  const current = Math.min(selected, results.length - 1)

  const choose = (result: SearchResult) => {
    onClose()
    if (result.kind === 'conversation') navigate(result.conversation.id)
    else show(result.message)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setSelected(results.length === 0 ? 0 : (current + step + results.length) % results.length)
    }
    const result = results[current]
    if (event.key === 'Enter' && result !== undefined) {
      event.preventDefault()
      choose(result)
    }
  }

  return (
    <Dialog title="Search" variant="palette" onClose={onClose}>
      <div className="search__bar">
        <Search size={18} aria-hidden />
        <input
          className="search__input"
          enterKeyHint="search"
          role="combobox"
          aria-label="Search messages"
          aria-expanded={results.length > 0}
          aria-controls={listId}
          aria-activedescendant={results.length > 0 ? `${listId}-${current}` : undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setSelected(0)
          }}
          onKeyDown={keys}
          placeholder={scope === undefined ? 'Search people, channels and messages' : 'Search messages'}
          autoComplete="off"
          spellCheck={false}
          data-first-focus
        />
        <IconButton icon={X} label="Close search" small onClick={onClose} />
      </div>
      {scopeTitle !== undefined && (
        <ScopeSwitch
          id={scopeTitle.id}
          title={titleOf(scopeTitle, personOf)}
          scope={scope}
          onChange={setScope}
        />
      )}
      <SearchResults
        listId={listId}
        results={results}
        current={current}
        query={query}
        state={state}
        onChoose={choose}
        onPoint={setSelected}
      />
    </Dialog>
  )
}

// A reply is shown in its thread.
function show({ conversation, offset, thread }: Message): void {
  if (thread === undefined) navigate(conversation, { message: offset })
  else navigate(conversation, { panel: { kind: 'thread', root: thread, reply: offset } })
}

const messagesOf = (state: SearchState) =>
  state.status === 'found' || state.status === 'searching' ? state.messages : []
