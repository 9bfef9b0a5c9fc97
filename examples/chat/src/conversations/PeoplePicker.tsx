// Names several people: type a name or user id, or pick somebody met before.
import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import { useOthers, usePersons } from '../people/usePersons.ts'
import { Avatar } from '../theme/Avatar.tsx'
import './peoplePicker.css'
import { matching, userIdOf } from './userIdOf.ts'

const MAX_SUGGESTIONS = 5

/** What the picker needs. */
export type PeoplePickerProps = {
  readonly label: string
  /** User ids. */
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

/** Names several people. */
export function PeoplePicker({ label, chosen, onChange }: PeoplePickerProps) {
  const [text, setText] = useState('')
  const others = useOthers()
  const personOf = usePersons()
  const fieldId = useId()
  const suggestions = matching(text, others)
    .filter(({ id }) => !chosen.includes(id))
    .slice(0, MAX_SUGGESTIONS)

  const add = (id: string | undefined) => {
    if (id === undefined) return
    if (!chosen.includes(id)) onChange([...chosen, id])
    setText('')
  }
  const keys = (event: KeyboardEvent) => {
    if ((event.key === 'Enter' || event.key === ',') && text.trim() !== '') {
      event.preventDefault()
      add(userIdOf(text, others))
    }
    if (event.key === 'Backspace' && text === '') onChange(chosen.slice(0, -1))
  }

  return (
    <div className="field">
      <label className="field__label" htmlFor={fieldId}>
        {label}
      </label>
      <div className="picker">
        {chosen.map((id) => (
          <button
            key={id}
            type="button"
            className="chip"
            aria-label={`Remove ${personOf(id).name}`}
            onClick={() => onChange(chosen.filter((other) => other !== id))}
          >
            <span className="chip__name">{personOf(id).name}</span>
            <X size={13} aria-hidden />
          </button>
        ))}
        <input
          id={fieldId}
          className="picker__input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={keys}
          onBlur={() => add(userIdOf(text, others))}
          placeholder={chosen.length === 0 ? 'Name or user id, then Enter' : ''}
          autoComplete="off"
        />
      </div>
      {suggestions.length > 0 && (
        <div className="picker__suggestions">
          {suggestions.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              className="chip chip--quiet"
              aria-label={`Add ${name}`}
              // The field would lose its text to a blur before the click arrives.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => add(id)}
            >
              <Avatar id={id} name={name} size="small" />
              <span className="chip__name">{name}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
