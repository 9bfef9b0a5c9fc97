// The text that several people edit, as the backend stores it.
import * as Y from 'yjs'
import { request } from './http.ts'

const pathOf = (thread: string): string => `/api/threads/${thread}/document`

/**
 * The document of a thread as one update.
 * @param text the name of its text
 * @param description what the text begins with where nobody has edited it yet
 * @throws RequestError
 */
export async function loadDocument(thread: string, text: string, description: string): Promise<Uint8Array> {
  const response = await request('GET', pathOf(thread))
  const stored = new Uint8Array(await response.arrayBuffer())
  return isEmpty(stored) ? firstUpdate(thread, text, description) : stored
}

/** Gives an update to the backend, which merges it into what it has. @throws RequestError */
export async function saveDocument(thread: string, update: Uint8Array): Promise<void> {
  await request('PUT', pathOf(thread), { bytes: new Uint8Array(update) })
}

const isEmpty = (update: Uint8Array): boolean =>
  Y.decodeStateVector(Y.encodeStateVectorFromUpdate(update)).size === 0

/**
 * A document that holds the description. Pages that begin at the same time make the very same one: merged, the text is
 * there once.
 */
export function firstUpdate(thread: string, text: string, description: string): Uint8Array {
  const document = new Y.Doc()
  document.clientID = hashOf(`${thread}\n${description}`)
  document.getText(text).insert(0, description)
  const update = Y.encodeStateAsUpdate(document)
  document.destroy()
  return update
}

/** FNV-1a, 32 bits: the range of Yjs's client ids. */
function hashOf(value: string): number {
  let hash = 2166136261
  for (const character of value) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619)
  return hash >>> 0
}
