// Initials on a colour that belongs to the person: the same everywhere, for ever.
import { hueOf, initialsOf } from './identity.ts'
import './avatar.css'

/** What an avatar needs. */
export type AvatarProps = {
  /** The user's id: it picks the colour. */
  readonly id: string
  readonly name: string
  /** Address of a picture. */
  readonly picture?: string | undefined
  readonly size?: 'small' | 'medium' | 'large'
}

/** A person's picture, or initials on a stable colour. Decorative: the name is written beside it. */
export function Avatar({ id, name, picture, size = 'medium' }: AvatarProps) {
  return (
    <span
      className={`avatar avatar--${size}`}
      style={{ '--avatar-hue': hueOf(id) } as React.CSSProperties}
      aria-hidden
    >
      {picture === undefined || picture === '' ? initialsOf(name) : <img src={picture} alt="" />}
    </span>
  )
}
