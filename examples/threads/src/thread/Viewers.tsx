// Who looks at the thread now.
import { useMe } from '../app/me.tsx'
import type { Members } from '../realtime/realtime.ts'
import { Avatar } from '../theme/Avatar.tsx'
import './viewers.css'

/** Pictures side by side; the others are counted. */
const MAX_SHOWN = 5

/** Who looks at the thread now, oneself included. */
export function Viewers({ members: { people, count } }: { readonly members: Members }) {
  const { user } = useMe()
  const shown = people.slice(0, MAX_SHOWN)
  return (
    <section className="viewers" aria-label="Viewers">
      <ul className="viewers__people">
        {shown.map(({ id, name, avatar }) => {
          const label = id === user.id ? `${name} (you)` : name
          return (
            <li key={id} className="viewers__person" title={label}>
              <Avatar id={id} name={name} picture={avatar} size="small" />
              <span className="visually-hidden">{label}</span>
            </li>
          )
        })}
      </ul>
      {count > shown.length && <span className="viewers__more">+{count - shown.length}</span>}
      <span className="viewers__count" role="status">
        {count > 0 && `${count} viewing`}
      </span>
    </section>
  )
}
