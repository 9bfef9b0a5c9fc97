// What a person types to name another: a user id, or a name that becomes one.
import type { Person } from '../people/usePersons.ts'

/** Lower case, no spaces: what user ids look like, and what needs no guessing. */
const PLAIN_ID = /^[!-@[-`{-~a-z]+$/

/**
 * The user id that a typed text means: somebody known by that id or name, the text itself when it looks like an
 * id, or else the id that a development server makes of such a name. Undefined for an empty text.
 */
export function userIdOf(text: string, known: readonly Person[]): string | undefined {
  const typed = text.trim().replace(/^@/, '')
  const match =
    known.find(({ id }) => id === typed) ??
    known.find(({ name }) => name.toLowerCase() === typed.toLowerCase())
  if (match !== undefined) return match.id
  const id = PLAIN_ID.test(typed) ? typed : developmentId(typed)
  return id === '' ? undefined : id
}

const developmentId = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
  const id = plain.replace(/[^\p{Letter}\p{Number}]+/gu, '-').replace(/^-|-$/g, '')
  return encodeURIComponent(id).replaceAll('%', '.')
}

/** Those whose name or id contains a typed text. */
export function matching(text: string, known: readonly Person[]): readonly Person[] {
  const typed = text.trim().replace(/^@/, '').toLowerCase()
  return known.filter(
    ({ id, name }) => name.toLowerCase().includes(typed) || id.toLowerCase().includes(typed),
  )
}
