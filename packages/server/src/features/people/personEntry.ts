// What the engine's presence keeps of a connected user by one node.
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
