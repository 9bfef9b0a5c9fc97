// Everywhere, or in the open conversation alone.

/** What the switch needs. */
export type ScopeSwitchProps = {
  readonly id: string
  readonly title: string
  /** The id of the conversation that is searched; absent: all. */
  readonly scope: string | undefined
  readonly onChange: (scope: string | undefined) => void
}

/** Everywhere, or in the open conversation alone. */
export function ScopeSwitch({ id, title, scope, onChange }: ScopeSwitchProps) {
  return (
    <fieldset className="scope">
      <legend className="visually-hidden">Where to search</legend>
      <button type="button" aria-pressed={scope === undefined} onClick={() => onChange(undefined)}>
        Everywhere
      </button>
      <button type="button" aria-pressed={scope === id} onClick={() => onChange(id)}>
        In {title}
      </button>
    </fieldset>
  )
}
