// Answers that carry publications are bounded in bytes, not only in number: one larger than a connection's outbox
// would have its own reader taken for a slow one.
import type { MessagePage, Publication, Results, SubscribeResult } from '@nowcast/protocol'

const sizeOf = (value: object): number => JSON.stringify(value).length

/** Recoveries that would make an answer larger than `maxBytes` become gaps; the first ones fit. */
export function fitRecoveries(
  results: readonly SubscribeResult[],
  maxBytes: number,
): readonly SubscribeResult[] {
  let bytes = 0
  return results.map((result) => {
    if ('error' in result || result.recovery !== 'recovered') return result
    const { publications = [], ...rest } = result
    const size = sizeOf(publications)
    if (bytes + size > maxBytes) return { ...rest, recovery: 'gap', reason: 'too-much', action: 'reload' }
    bytes += size
    return result
  })
}

/** The newest publications of a page that fit in `maxBytes`, and at least one. */
export function fitPage(page: Results['history'], maxBytes: number): Results['history'] {
  const fitting: Publication[] = []
  let bytes = 0
  for (const publication of [...page.publications].reverse()) {
    bytes += sizeOf(publication)
    if (fitting.length > 0 && bytes > maxBytes)
      return { ...page, publications: fitting.reverse(), more: true }
    fitting.push(publication)
  }
  return page
}

/** The newest messages of an inbox, which begins with the oldest, that fit in `maxBytes`, and at least one. */
export function fitInbox({ messages, more }: MessagePage, maxBytes: number): MessagePage {
  let start = messages.length
  let bytes = 0
  for (const message of [...messages].reverse()) {
    bytes += sizeOf(message)
    if (start < messages.length && bytes > maxBytes) return { messages: messages.slice(start), more: true }
    start -= 1
  }
  return { messages, more }
}

/** The messages of a page, newest first, that fit in `maxBytes`: those nearest to what was asked for, and at least one. */
export function fitMessages(
  { messages, more }: MessagePage,
  maxBytes: number,
  { after, around }: { readonly after?: number; readonly around?: number },
): MessagePage {
  const sizes = messages.map(sizeOf)
  let bytes = sizes.reduce((sum, size) => sum + size, 0)
  let start = 0
  let end = messages.length
  let isCut = more
  const middle = messages.findIndex(({ offset }) => offset === around)
  while (bytes > maxBytes && end - start > 1) {
    const fromNewest = after !== undefined || (around !== undefined && middle - start >= end - 1 - middle)
    const size = fromNewest ? sizes[start++] : sizes[--end]
    bytes -= size ?? 0
    // Around a message, only older ones that are missing count.
    isCut ||= !fromNewest || after !== undefined
  }
  return { messages: messages.slice(start, end), more: isCut }
}
