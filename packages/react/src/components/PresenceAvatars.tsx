// Who is on a channel, as a stack of pictures.
import type { Availability, Member } from '@nowcast/client'
import { usePeople } from '../hooks/usePeople.ts'
import { usePresence } from '../hooks/usePresence.ts'
import { Avatar } from './Avatar.tsx'
import { classes } from './classes.ts'
import { VisuallyHidden } from './VisuallyHidden.tsx'

/** Properties of `PresenceAvatars`. */
export interface PresenceAvatarsProps {
  readonly channel: string | null
  /** Pictures shown; the others are a number. Default 5. */
  readonly max?: number
  /** Shows who is online and who is away. Default true. */
  readonly statuses?: boolean
  /** What the list is, for those who listen. Default `Present: 3`, with the number. */
  readonly label?: (count: number) => string
  readonly className?: string
}

const DEFAULT_MAX = 5
const NOBODY: readonly string[] = []
const present = (count: number) => `Present: ${count}`

/** Shows who is on a channel. */
export function PresenceAvatars(props: PresenceAvatarsProps) {
  const { channel, max = DEFAULT_MAX, statuses = true, label = present, className } = props
  const { members, count } = usePresence(channel)
  const shown = members.slice(0, max)
  const people = usePeople(statuses ? shown.map(({ id }) => id) : NOBODY)
  const others = count - shown.length
  return (
    <ul className={classes('avatars', className)} aria-label={label(count)}>
      {shown.map((member, index) => (
        <One
          key={member.id}
          member={member}
          status={people.get(member.id)?.status}
          level={shown.length - index}
        />
      ))}
      {others > 0 && (
        <li className="nowcast-avatars__others">
          <span aria-hidden="true">+{others}</span>
          <VisuallyHidden>and {others} more</VisuallyHidden>
        </li>
      )}
    </ul>
  )
}

interface OneProps {
  readonly member: Member
  readonly status: Availability | undefined
  /** How far it lies over the others. */
  readonly level: number
}

function One({ member, status, level }: OneProps) {
  const text = `${member.name ?? member.id}${status === undefined ? '' : `, ${status}`}`
  return (
    <li title={text} style={{ zIndex: level }}>
      <Avatar user={member} {...(status !== undefined && { status })} />
      <VisuallyHidden>{text}</VisuallyHidden>
    </li>
  )
}
