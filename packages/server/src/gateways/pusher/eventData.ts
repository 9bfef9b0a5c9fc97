// The data of an event is text in Pusher's protocol and a JSON value everywhere else. Text that is JSON becomes that value,
// so that native subscribers get objects; all other text becomes a string. The way back gives text that means the same.
import { type Json, limits, withinDepth } from '@nowcast/protocol'

/** What JSON can begin with; most text that is none is told by its first character. */
const MAY_BE_JSON = /^[\s{["\-0-9tfn]/
/** Whether there may be a number that a double can't hold: many digits in a row, or an exponent. */
const MAY_LOSE_DIGITS = /\d{16}|\d[eE]/
/** Strings, which are passed over, and numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * The value behind an event's text. JSON that would lose something on the way stays text: numbers beyond what a double
 * holds, and what is nested deeper than the native protocol takes.
 */
export function decode(text: string): Json {
  if (!MAY_BE_JSON.test(text)) return text
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  if (typeof value === 'string') return isKeptAsText(value) ? text : value
  return withinDepth(value, limits.dataDepth) && !losesDigits(text) ? value : text
}

/** The text for a value: what `decode` was given, or JSON that means the same. */
export function encode(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  // A string that would be read as another value was JSON of a string; every other one can go as it is.
  return decode(value) === value ? value : JSON.stringify(value)
}

/** Whether a string within JSON would come back without its quotes, and so as something else. */
const isKeptAsText = (value: string): boolean => decode(value) === value && isJson(value)

function isJson(text: string): boolean {
  if (!MAY_BE_JSON.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function losesDigits(text: string): boolean {
  if (!MAY_LOSE_DIGITS.test(text)) return false
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"')) continue
    const number = Number(token)
    const exact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
    // What JavaScript itself has written is as exact as its writer had it.
    if (!exact && JSON.stringify(number) !== token) return true
  }
  return false
}
