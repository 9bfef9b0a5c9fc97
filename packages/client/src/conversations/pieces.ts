// A text that comes in pieces, each with its place: every character once, whatever is lost, repeated or late. Pure.
import { isObject, type Json, type SignalEvents } from '@nowcast/protocol'

/** A piece of the text of a message that is being written. */
export type Piece = SignalEvents['message:appended']

/** A text, and whether it has everything up to the end of the piece. */
export interface Appended {
  readonly body: string
  /** False when the message must be loaded: something before the piece is missing, or what was there differs. */
  readonly whole: boolean
}

/** True for a piece, as far as a text rests on it. */
export function isPiece(data: Json): data is Piece {
  return (
    isObject(data) &&
    typeof data.offset === 'number' &&
    typeof data.at === 'number' &&
    typeof data.text === 'string'
  )
}

/** Adds of a piece what lies beyond the end of the text. */
export function append(body: string, { at, text }: Pick<Piece, 'at' | 'text'>): Appended {
  if (at > body.length) return { body, whole: false }
  const known = body.slice(at, at + text.length)
  // Which of the two is right only the server knows; what lies before them is right in any case.
  if (!text.startsWith(known)) return { body: body.slice(0, at), whole: false }
  return { body: body + text.slice(known.length), whole: true }
}

/** Of two states of one text the longer; when they differ, the one that was loaded. */
export function longer(known: string, loaded: string): string {
  return known.startsWith(loaded) ? known : loaded
}
