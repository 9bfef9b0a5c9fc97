// What comes from the server is looked at before it is believed.
import { isObject } from '@nowcast/protocol'

/** Those of a list who are users. */
export function listed<T extends { readonly id: string }>(users: readonly T[]): readonly T[] {
  if (!Array.isArray(users)) return []
  return users.filter((user: unknown) => isObject(user) && typeof user.id === 'string')
}
