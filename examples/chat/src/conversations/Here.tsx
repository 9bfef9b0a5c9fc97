// Who looks at a conversation now, beside oneself; whoever does is seen there.
import { usePresence } from '@nowcast/react'
import { channelOf } from '../app/channelOf.ts'
import { usePersons } from '../people/usePersons.ts'
import { useMe } from '../signIn/me.ts'
import { Avatar } from '../theme/Avatar.tsx'
import './here.css'

const MAX_SHOWN = 4

/** Who looks at a conversation now, beside oneself. */
export function Here({ id }: { readonly id: string }) {
  const me = useMe()
  const personOf = usePersons()
  const { members, count, me: self } = usePresence(channelOf(id), { enter: true })
  const others = members.filter((member) => member.id !== me.id)
  const number = count - (self === undefined ? 0 : 1)
  if (number <= 0) return null
  const shown = others.slice(0, MAX_SHOWN).map((member) => personOf(member.id))
  return (
    <ul className="here" aria-label={number === 1 ? 'One other is here' : `${number} others are here`}>
      {shown.map(({ id: user, name, avatar }) => (
        <li key={user} title={`${name} is here`}>
          <Avatar id={user} name={name} picture={avatar} size="small" />
          <span className="visually-hidden">{name}</span>
        </li>
      ))}
      {number > shown.length && <li className="here__more">+{number - shown.length}</li>}
    </ul>
  )
}
