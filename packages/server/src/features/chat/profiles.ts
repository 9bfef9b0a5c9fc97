// How a user is shown to others.
import type { UserProfile } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'

/** A user's profile, as the user's token says. */
export function profileOf({ id, name, avatar }: User): UserProfile {
  return { id, ...(name === undefined ? {} : { name }), ...(avatar === undefined ? {} : { avatar }) }
}
