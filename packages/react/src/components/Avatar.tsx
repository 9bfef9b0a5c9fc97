// A user's picture, or initials on a colour that belongs to the user.
import type { Availability, UserProfile } from '@nowcast/client'
import { useState } from 'react'

/** A user, and how they are where that is known. */
export function Avatar({ user, status }: { readonly user: UserProfile; readonly status?: Availability }) {
  const { id, name = id, avatar } = user
  const [broken, setBroken] = useState<string>()
  return (
    <span className="nowcast-avatar" style={{ '--nowcast-avatar-hue': hueOf(id) } as React.CSSProperties}>
      {avatar === undefined || avatar === broken ? (
        <span className="nowcast-avatar__initials">{initialsOf(name)}</span>
      ) : (
        <img src={avatar} alt="" onError={() => setBroken(avatar)} />
      )}
      {status !== undefined && <span className="nowcast-avatar__status" data-status={status} />}
    </span>
  )
}

/** The first letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '')
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word = '') => [...word][0]?.toUpperCase() ?? '').join('')
}

/** Ids that are alike get colours that are not. */
const GOLDEN_ANGLE = 137.508

/** An angle on the colour wheel: the same everywhere, for ever. */
function hueOf(id: string): number {
  let hash = 0
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return Math.round(hash * GOLDEN_ANGLE) % 360
}
