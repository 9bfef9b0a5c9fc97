// What an address means: a conversation, a message in it, and what is open beside it. Pure: text in, place out.
// `#/c/<conversation>[/<offset>][/members | /pinned | /thread/<offset>[/<offset of a reply>]]`

/** What is open beside a conversation. Offsets are those of the message that a thread began with, and of a reply. */
export type Panel =
  | { readonly kind: 'members' }
  | { readonly kind: 'pinned' }
  | { readonly kind: 'thread'; readonly root: number; readonly reply?: number }

/** What an address leads to. */
export type Place = {
  readonly conversation: string
  /** The offset of the message to be shown. */
  readonly message?: number
  readonly panel?: Panel
}

const PREFIX = '#/c/'
const OFFSET = /^[1-9]\d{0,14}$/

/** The address of a place; without one, that of the list alone. */
export function addressOf(place: Place | undefined): string {
  if (place === undefined) return '#/'
  const { conversation, message, panel } = place
  const parts = [encodeURIComponent(conversation)]
  if (message !== undefined) parts.push(String(message))
  if (panel !== undefined) parts.push(panel.kind)
  if (panel?.kind === 'thread') parts.push(String(panel.root))
  if (panel?.kind === 'thread' && panel.reply !== undefined) parts.push(String(panel.reply))
  return PREFIX + parts.join('/')
}

/** The place that an address leads to. What can't be understood at its end is left out. */
export function placeOf(address: string): Place | undefined {
  if (!address.startsWith(PREFIX)) return undefined
  const [first = '', ...rest] = address.slice(PREFIX.length).split('/')
  const conversation = decoded(first)
  if (conversation === undefined) return undefined
  const message = offsetOf(rest[0])
  const panel = panelOf(message === undefined ? rest : rest.slice(1))
  return { conversation, ...(message !== undefined && { message }), ...(panel && { panel }) }
}

function panelOf([kind, first, second]: readonly string[]): Panel | undefined {
  if (kind === 'members' || kind === 'pinned') return { kind }
  const root = offsetOf(first)
  if (kind !== 'thread' || root === undefined) return undefined
  const reply = offsetOf(second)
  return { kind, root, ...(reply !== undefined && { reply }) }
}

function offsetOf(text: string | undefined): number | undefined {
  return text !== undefined && OFFSET.test(text) ? Number(text) : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    return undefined
  }
}
