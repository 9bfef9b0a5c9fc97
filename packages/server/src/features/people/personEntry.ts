// How a connected user is kept in the engine's presence: one entry for each node, so that those of two nodes do not
// overwrite each other.
import { isObject, type Json } from '@nowcast/protocol'

/** A user by one node. */
export interface PersonEntry {
  /** True when no connection on the node is active. */
  readonly away: boolean
  /** What was last said on that node, if anything was; null: nothing any more. */
  readonly text?: string | null
  /** Rises with each text of the user, on whichever node. */
  readonly textAt: number
}

// No id of a user holds it.
const SEPARATOR = '\0'

/** The name of a user's entry by a node. */
export const toEntryName = (user: string, node: string): string => user + SEPARATOR + node

/** The user and the node of an entry. */
export function splitEntryName(name: string): { readonly user: string; readonly node: string } {
  const end = name.lastIndexOf(SEPARATOR)
  return { user: name.slice(0, end), node: name.slice(end + 1) }
}

/** An entry as the engine keeps it: most are empty. */
export const toEntryInfo = ({ away, text, textAt }: PersonEntry): Json => ({
  ...(away ? { away } : {}),
  ...(text === undefined ? {} : { text, textAt }),
})

/** An entry from what the engine keeps. */
export function fromEntryInfo(info: Json): PersonEntry {
  const { away, text, textAt } = isObject(info) ? info : {}
  return {
    away: away === true,
    ...(typeof text === 'string' || text === null ? { text } : {}),
    textAt: typeof textAt === 'number' ? textAt : 0,
  }
}
