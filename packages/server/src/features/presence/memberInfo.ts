// How a member is kept in the engine's presence: everything but the id, which is the entry's own.
import { isObject, type Json, type Member, type UserProfile } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'

/** What the engine keeps of a user: what the token says, and what the application says of the member. */
export const toInfo = ({ name, avatar }: User, data: Json | undefined): Json => ({
  ...(name === undefined ? {} : { name }),
  ...(avatar === undefined ? {} : { avatar }),
  ...(data === undefined ? {} : { data }),
})

/** The user behind an entry. */
export function toProfile(id: string, info: Json): UserProfile {
  const { name, avatar } = isObject(info) ? info : {}
  return {
    id,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof avatar === 'string' ? { avatar } : {}),
  }
}

/** The member behind an entry. */
export function toMember(id: string, info: Json): Member {
  const data = isObject(info) ? info.data : undefined
  return { ...toProfile(id, info), ...(data === undefined ? {} : { data }) }
}
