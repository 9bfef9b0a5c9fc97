// Naming people with @: what is being typed, who fits, and who is named in the end. Pure: text in, text out.

/** Somebody who can be named. */
export type Nameable = { readonly id: string; readonly name: string }

/** A name that is being typed. */
export type Typed = {
  /** Where its @ stands. */
  readonly from: number
  /** What follows the @, up to the caret. */
  readonly query: string
}

const MAX_SUGGESTIONS = 6
/** The most people that one message can mention. */
const MAX_MENTIONS = 20
// A name may have two words; before the @ there is nothing, a space, or what opens a bracket.
const TYPED = /(?:^|[\s([{])@([^\s@]{0,40}(?: [^\s@]{1,40})?)$/u
const WORD = /[\p{Letter}\p{Number}_]/u

/** The name that is being typed before the caret; absent when none is. */
export function typedName(text: string, caret: number): Typed | undefined {
  const query = TYPED.exec(text.slice(0, caret))?.[1]
  return query === undefined ? undefined : { from: caret - query.length - 1, query }
}

/** Those who fit what is being typed: their id or a word of their name starts like it; names that start so come first. */
export function suggestions<N extends Nameable>(query: string, people: readonly N[]): readonly N[] {
  const wanted = query.toLowerCase()
  const startsName = ({ name }: N) => name.toLowerCase().startsWith(wanted)
  const fits = (one: N) =>
    startsName(one) ||
    one.id.toLowerCase().startsWith(wanted) ||
    one.name
      .toLowerCase()
      .split(/\s+/)
      .some((word) => word.startsWith(wanted))
  const fitting = people.filter(fits)
  return [...fitting.filter(startsName), ...fitting.filter((one) => !startsName(one))].slice(
    0,
    MAX_SUGGESTIONS,
  )
}

/** The text with a name in place of what was being typed, and where the caret stands then. */
export function complete(
  text: string,
  caret: number,
  { from }: Typed,
  { name }: Nameable,
): { readonly text: string; readonly caret: number } {
  const before = `${text.slice(0, from)}@${name} `
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length }
}

/** A part of a text; with `id` when it names somebody. */
export type NamedPart = { readonly at: number; readonly text: string; readonly id?: string }

/** A text cut into plain parts and names. Of two names that fit, the longer one counts. */
export function splitNames(text: string, people: readonly Nameable[]): readonly NamedPart[] {
  const byLength = people
    .filter(({ name }) => name !== '')
    .sort((one, other) => other.name.length - one.name.length)
  const parts: NamedPart[] = []
  let end = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at < end || WORD.test(text[at - 1] ?? '')) continue
    const named = byLength.find((one) => standsAt(text, at + 1, one.name) || standsAt(text, at + 1, one.id))
    if (named === undefined) continue
    const length = standsAt(text, at + 1, named.name) ? named.name.length : named.id.length
    if (at > end) parts.push({ at: end, text: text.slice(end, at) })
    end = at + 1 + length
    parts.push({ at, text: text.slice(at, end), id: named.id })
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end) })
  return parts
}

const standsAt = (text: string, at: number, word: string): boolean =>
  text.slice(at, at + word.length).toLowerCase() === word.toLowerCase() &&
  !WORD.test(text[at + word.length] ?? '')

/** The ids of those whom a text names. */
export function namedIn(text: string, people: readonly Nameable[]): readonly string[] {
  const ids = splitNames(text, people).flatMap(({ id }) => (id === undefined ? [] : [id]))
  return [...new Set(ids)].slice(0, MAX_MENTIONS)
}
