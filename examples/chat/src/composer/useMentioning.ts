// Completing names while they are typed: arrow keys choose, Enter and Tab complete, Esc leaves the text as it is.
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { Person } from '../people/usePersons.ts'
import { complete, suggestions, typedName } from './mentions.ts'

/** What completes names. */
export type Mentioning = {
  /** Those who fit; empty while no name is typed. */
  readonly people: readonly Person[]
  readonly current: number
  /** The caret has moved. */
  readonly moved: (caret: number) => void
  /** Takes a key; true when it was for the list. */
  readonly takes: (event: KeyboardEvent) => boolean
  readonly choose: (person: Person) => void
  readonly point: (index: number) => void
}

/** Completes names in a text field. */
export function useMentioning(
  text: string,
  write: (text: string) => void,
  everybody: readonly Person[],
  field: RefObject<HTMLTextAreaElement | null>,
): Mentioning {
  const [caret, setCaret] = useState(0)
  const [chosen, setChosen] = useState(0)
  /** Where the @ stands that is to stay as it is. */
  const [dismissed, setDismissed] = useState<number>()
  const caretAfter = useRef<number>(undefined)
  const found = typedName(text, Math.min(caret, text.length))
  const typed = found?.from === dismissed ? undefined : found
  const people = typed === undefined ? [] : suggestions(typed.query, everybody)
  const current = Math.min(chosen, people.length - 1)

  // The caret follows the name once the text is there.
  useEffect(() => {
    if (caretAfter.current === undefined) return
    field.current?.setSelectionRange(caretAfter.current, caretAfter.current)
    caretAfter.current = undefined
  })

  const choose = (person: Person) => {
    if (typed === undefined) return
    const completed = complete(text, caret, typed, person)
    caretAfter.current = completed.caret
    setCaret(completed.caret)
    setChosen(0)
    write(completed.text)
  }
  const takes = (event: KeyboardEvent): boolean => {
    const person = people[current]
    if (typed === undefined || person === undefined) return false
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) setChosen((current + step + people.length) % people.length)
    else if (event.key === 'Escape') setDismissed(typed.from)
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') choose(person)
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  const moved = (next: number) => {
    setCaret(next)
    if (next !== caret) setChosen(0)
    if (found === undefined) setDismissed(undefined)
  }
  return { people, current, moved, takes, choose, point: setChosen }
}
