// How presence travels to and from Redis: users and infos as JSON; changes as a line with what they share, then a line each.
import type { Json, Position } from '@nowcast/protocol'
import type { PresenceChange, PresenceMember } from '../../presence.ts'
import type { RedisReply } from '../link.ts'
import { senseless } from '../reply.ts'

/** What the script is to do for one user of this node. */
export interface PresenceWish {
  /** `restore` is an `enter` of before that Redis may have forgotten: it does not replace an info that was given later. */
  readonly kind: 'enter' | 'restore' | 'leave'
  /** As JSON. */
  readonly user: string
  /** As JSON; empty with `leave`. */
  readonly info: string
  /** When the info of a `restore` was given, in microseconds of Redis' time. */
  readonly given: string
}

/** What the script answers. */
export interface PresenceAnswer {
  readonly position: Position
  /** Redis' time in microseconds. */
  readonly at: string
  /** Users that this node holds. */
  readonly held: number
  /** True when members of dead nodes are still to be let go. */
  readonly more: boolean
  /** What else was asked for. */
  readonly asked: readonly string[]
}

/** Reads the script's answer. */
export function toAnswer(reply: RedisReply): PresenceAnswer {
  const [epoch, offset, at, held, more, asked] = Array.isArray(reply) ? reply : []
  if (typeof epoch !== 'string' || typeof offset !== 'number' || typeof held !== 'number') throw senseless()
  return {
    position: { epoch, offset },
    at: String(at),
    held,
    more: more === 1,
    asked: Array.isArray(asked) ? asked.map(String) : [],
  }
}

/** Members as the script lists them: user, then how many nodes hold it, when its info was given, and the info. */
export function toMembers(listed: readonly string[]): PresenceMember[] {
  const members: PresenceMember[] = []
  for (let index = 0; index < listed.length; index += 2) {
    const value = listed[index + 1] ?? ''
    const info: Json = JSON.parse(value.slice(value.indexOf(' ', value.indexOf(' ') + 1) + 1))
    members.push({ user: JSON.parse(listed[index] ?? ''), info })
  }
  return members
}

/** Users of a node as the script lists them, behind the node's name; still as JSON. */
export const toUsers = (listed: readonly string[]): string[] =>
  listed.map((entry) => entry.slice(entry.indexOf(' ') + 1))

const types: Readonly<Record<string, PresenceChange['type']>> = { j: 'joined', u: 'updated', l: 'left' }

/** Reads a message of changes. */
export function decodeChanges(message: string): {
  readonly epoch: string
  readonly changes: readonly PresenceChange[]
} {
  const [head = '', ...lines] = message.split('\n')
  const [epoch = '', first = ''] = head.split(' ')
  const changes = lines.map((line, index) => {
    const [user, info]: [string, Json] = JSON.parse(line.slice(1))
    const type = types[line.slice(0, 1)]
    if (type === undefined) throw senseless()
    return { offset: Number(first) + index, type, user, info }
  })
  return { epoch, changes }
}
