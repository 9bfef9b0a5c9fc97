// Those who fit the name that is being typed. The text field keeps the focus and handles the keys.
import type { Person } from '../people/usePersons.ts'
import { Avatar } from '../theme/Avatar.tsx'

/** What the list needs. */
export type MentionListProps = {
  readonly id: string
  readonly people: readonly Person[]
  /** The index of the chosen one. */
  readonly current: number
  readonly onChoose: (person: Person) => void
  readonly onPoint: (index: number) => void
}

/** The element id of one of the list. */
export const mentionId = (list: string, index: number): string => `${list}-${index}`

/** Those who fit the name that is being typed. */
export function MentionList({ id, people, current, onChoose, onPoint }: MentionListProps) {
  return (
    <div className="mentions" id={id} role="listbox" aria-label="People to mention">
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus
        <div
          key={person.id}
          id={mentionId(id, index)}
          role="option"
          aria-selected={index === current}
          className="mentions__one"
          // The field would lose the focus before the click arrives.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(person)}
          onPointerMove={() => onPoint(index)}
        >
          <Avatar id={person.id} name={person.name} picture={person.avatar} size="small" />
          <span className="mentions__name">{person.name}</span>
          <span className="mentions__id">{person.id}</span>
        </div>
      ))}
    </div>
  )
}
