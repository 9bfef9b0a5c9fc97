// What is special in a message's text: addresses and emoji.

/** A part of a text; with `href` when it is an address. */
export type TextPart = { readonly at: number; readonly text: string; readonly href?: string }

const ADDRESS = /https?:\/\/[^\s<>"]+/g
/** Punctuation at the end of an address belongs to the sentence around it. */
const TRAILING = /[.,;:!?'")\]}]+$/
const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic}|\ufe0f)*\s*){1,3}$/u

/** A text cut into plain parts and addresses. */
export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(ADDRESS)) {
    const href = match[0].replace(TRAILING, '')
    if (!URL.canParse(href)) continue
    if (match.index > end) parts.push({ at: end, text: text.slice(end, match.index) })
    parts.push({ at: match.index, text: href, href })
    end = match.index + href.length
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end) })
  return parts
}

/** True for one to three emoji and nothing else. */
export const isEmojiOnly = (text: string): boolean => EMOJI_ONLY.test(text.trim())
