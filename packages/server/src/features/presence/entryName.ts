// A user by one node, as the engine's presence knows them: each node has an entry of its own, so that those of two nodes do
// not overwrite each other.

// No id of a user holds it.
const SEPARATOR = '\0'

/** The name of a user's entry by a node. */
export const toEntryName = (user: string, node: string): string => user + SEPARATOR + node

/** The user and the node of an entry. */
export function splitEntryName(name: string): { readonly user: string; readonly node: string } {
  const end = name.lastIndexOf(SEPARATOR)
  return { user: name.slice(0, end), node: name.slice(end + 1) }
}
