// Large answers shrink in a way that the client understands, and small ones stay as they are.
import type { Message, Publication, SubscribeResult } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { fitInbox, fitMessages, fitPage, fitRecoveries } from './fitting.ts'

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

describe('a page of messages', () => {
  const message = (offset: number): Message => ({
    id: `m${offset}`,
    conversation: 'c',
    offset,
    sender: 'ada',
    body: 'x'.repeat(1_000),
    createdAt: 0,
  })
  const page = { messages: [9, 8, 7, 6, 5, 4, 3].map(message), more: false }
  const fit = (place: { after?: number; around?: number }, maxBytes = 3_500) => {
    const { messages, more } = fitMessages(page, maxBytes, place)
    return { offsets: messages.map(({ offset }) => offset), more }
  }

  it('that fits stays as it is', () => {
    expect(fitMessages(page, 10_000, {})).toEqual(page)
  })

  it('loses what is farthest from what was asked for, and says that there is more', () => {
    expect(fit({})).toEqual({ offsets: [9, 8, 7], more: true })
    expect(fit({ after: 2 })).toEqual({ offsets: [5, 4, 3], more: true })
    expect(fit({ around: 6 })).toEqual({ offsets: [7, 6, 5], more: true })
    expect(fit({ around: 3 })).toEqual({ offsets: [5, 4, 3], more: false })
    expect(fit({ around: 9 })).toEqual({ offsets: [9, 8, 7], more: true })
  })

  it('keeps at least one', () => {
    expect(fit({}, 1)).toEqual({ offsets: [9], more: true })
    expect(fit({ around: 6 }, 1)).toEqual({ offsets: [6], more: true })
  })
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
