// What the engine's presence keeps of a member by one node: everything but the id, which is part of the entry's name.
import { isObject, type Json, type Member, type UserProfile } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'

/** What a connection has entered. */
export interface Entered {
  readonly user: User
  /** The connection's own user, whom a new token may show otherwise. */
  readonly isOwn: boolean
  /** What the application says of the member. */
  readonly data: Json | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/** An info from what a connection has entered. */
export const toInfo = ({ user: { name, avatar }, data, at }: Omit<Entered, 'isOwn'>): Json => ({
  at,
  ...(name === undefined ? {} : { name }),
  ...(avatar === undefined ? {} : { avatar }),
  ...(data === undefined ? {} : { data }),
})

/** When an info was given, in milliseconds since 1970. */
export function givenAt(info: Json): number {
  const at = isObject(info) ? info.at : undefined
  return typeof at === 'number' ? at : 0
}

/** The user whom an info shows. */
export function toProfile(id: string, info: Json): UserProfile {
  const { name, avatar } = isObject(info) ? info : {}
  return {
    id,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof avatar === 'string' ? { avatar } : {}),
  }
}

/** The member whom an info shows. */
export function toMember(id: string, info: Json): Member {
  const data = isObject(info) ? info.data : undefined
  return { ...toProfile(id, info), ...(data === undefined ? {} : { data }) }
}

/** True when two infos, or their absences, show the same member. */
export const showsSame = (one: Json | undefined, other: Json | undefined): boolean =>
  one === other ||
  (one !== undefined &&
    other !== undefined &&
    JSON.stringify(toMember('', one)) === JSON.stringify(toMember('', other)))
