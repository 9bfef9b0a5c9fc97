// Large answers shrink in a way that the client understands, and small ones stay as they are.
import type { Message, Publication, SubscribeResult } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { fitInbox, fitPage, fitRecoveries } from './fitting.ts'

const position = { epoch: 'e', offset: 9 }
const publication = (offset: number): Publication => ({
  id: `e${offset}`,
  version: 1,
  channel: 'room',
  name: 'n',
  data: 'x'.repeat(1_000),
  timestamp: 0,
  offset,
})
const recovered = (channel: string, count: number): SubscribeResult => ({
  channel,
  position,
  recovery: 'recovered',
  publications: Array.from({ length: count }, (_, index) => publication(index + 1)),
})

it('turns the recoveries that do not fit into gaps', () => {
  const results = [recovered('a', 3), recovered('b', 9), recovered('c', 1), recovered('d', 0)]
  expect(fitRecoveries(results, 5_000)).toEqual([
    results[0],
    { channel: 'b', position, recovery: 'gap', reason: 'too-much', action: 'reload' },
    results[2],
    results[3],
  ])
  expect(fitRecoveries(results, 50_000)).toEqual(results)
})

it('keeps the newest publications of a page that fit, and says that there are more', () => {
  const page = { publications: [1, 2, 3, 4].map(publication), position, more: false }
  const offsets = (maxBytes: number) => {
    const { publications, more } = fitPage(page, maxBytes)
    return [publications.map(({ offset }) => offset), more]
  }
  expect(offsets(2_500)).toEqual([[3, 4], true])
  expect(offsets(10)).toEqual([[4], true])
  expect(offsets(10_000)).toEqual([[1, 2, 3, 4], false])
})

it('keeps the newest messages of an inbox that fit, and says that there are more', () => {
  const message = (offset: number): Message => ({
    id: `m${offset}`,
    conversation: 'talk',
    offset,
    sender: 'ada',
    body: 'x'.repeat(1_000),
    createdAt: 0,
  })
  const inbox = { messages: [1, 2, 3, 4].map(message), more: false }
  const offsets = (maxBytes: number) => {
    const { messages, more } = fitInbox(inbox, maxBytes)
    return [messages.map(({ offset }) => offset), more]
  }
  expect(offsets(2_500)).toEqual([[3, 4], true])
  expect(offsets(1)).toEqual([[4], true])
  expect(offsets(50_000)).toEqual([[1, 2, 3, 4], false])
  expect(fitInbox({ messages: [], more: false }, 1)).toEqual({ messages: [], more: false })
})
