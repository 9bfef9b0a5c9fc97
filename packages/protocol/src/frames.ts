// Frames of the native protocol: one or more JSON objects separated by "\n" in one text message.
// JSON never contains a raw line feed, so encoded objects can be joined without being parsed again.

import type { Json } from './envelope.ts'
import { NowcastError } from './errors.ts'
import { isObject, withinDepth } from './json.ts'

/**
 * The JSON objects of a frame.
 * @param text the frame's text
 * @param bounds `objects`: at most so many in a frame; `depth`: nesting of each, itself included
 * @throws NowcastError `malformed_frame` (not JSON, not objects, too many), `data_too_deep`
 */
export function decodeFrame(
  text: string,
  bounds: { readonly objects: number; readonly depth: number },
): { readonly [key: string]: Json }[] {
  const objects: { readonly [key: string]: Json }[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    if (objects.length === bounds.objects) {
      throw new NowcastError('malformed_frame', `A frame holds at most ${bounds.objects} objects.`)
    }
    objects.push(decodeObject(line, bounds.depth))
  }
  return objects
}

function decodeObject(line: string, depth: number): { readonly [key: string]: Json } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new NowcastError('malformed_frame', 'A frame must hold JSON objects separated by line feeds.', {
      cause,
    })
  }
  if (!isObject(value)) throw new NowcastError('malformed_frame', 'A frame must hold JSON objects.')
  if (!withinDepth(value, depth)) {
    throw new NowcastError('data_too_deep', `JSON may be nested at most ${depth} levels deep.`)
  }
  return value
}

/** A frame's text from the objects it holds. */
export function encodeFrame(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n')
}
