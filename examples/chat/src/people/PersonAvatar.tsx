// A person's picture with a dot that says how they are.
import { usePerson } from '@nowcast/react'
import { Avatar, type AvatarProps } from '../theme/Avatar.tsx'
import './personAvatar.css'

const LABELS = { online: 'online', away: 'away', offline: 'offline' } as const

/** A person's picture with a dot that says how they are. Only the dot is read aloud: the name is written beside it. */
export function PersonAvatar(props: AvatarProps) {
  const person = usePerson(props.id)
  const status = person?.status ?? 'offline'
  return (
    <span className="person-avatar">
      <Avatar {...props} />
      <span
        className="person-avatar__dot"
        data-status={status}
        role="img"
        aria-label={person === undefined ? '' : LABELS[status]}
        aria-hidden={person === undefined}
      />
    </span>
  )
}
