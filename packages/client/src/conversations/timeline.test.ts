import type { Message, Receipt } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allMessages,
  type ChatMessage,
  change,
  confirm,
  countReply,
  emptyTimeline,
  pend,
  progressed,
  type Timeline,
  trim,
  unchange,
} from './timeline.ts'

const message = (offset: number, values: Partial<Message> = {}): Message => ({
  id: `m${offset}`,
  conversation: 'general',
  offset,
  sender: 'ada',
  body: `body ${offset}`,
  createdAt: offset,
  ...values,
})

const edited = (offset: number, body: string) => ({
  offset,
  apply: (shown: ChatMessage) => ({ ...shown, body }),
})

const pending = (id: string): ChatMessage => ({ ...message(0, { id }), status: 'sending', own: true })

describe('a timeline', () => {
  it('shows each message once, by offset, whatever the order in which pages and events bring it', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 10 })), (pages) => {
        const timeline = pages.reduce<Timeline>(
          (current, offsets) =>
            confirm(
              current,
              offsets.map((offset) => message(offset)),
              'ada',
            ),
          emptyTimeline,
        )
        const expected = [...new Set(pages.flat())].sort((one, other) => one - other)
        expect(allMessages(timeline).map(({ offset }) => offset)).toEqual(expected)
      }),
    )
  })

  it('shows pending messages last, until they are confirmed by sender and id', () => {
    const timeline = confirm(pend(pend(emptyTimeline, pending('m1')), pending('m2')), [message(7)], 'ada')
    expect(allMessages(timeline).map(({ id }) => id)).toEqual(['m7', 'm1', 'm2'])
    const foreign = confirm(timeline, [message(8, { id: 'm1', sender: 'grace' })], 'ada')
    expect(foreign.pending.map(({ id }) => id)).toEqual(['m1', 'm2'])
    const own = confirm(foreign, [message(9, { id: 'm1' })], 'ada')
    expect(allMessages(own).map(({ id, own: mine }) => `${id} ${mine}`)).toEqual([
      'm7 true',
      'm1 false',
      'm1 true',
      'm2 true',
    ])
  })

  it('ends with the newest version of a message, whatever the order in which versions come', () => {
    const versions = [
      message(1),
      message(1, { body: 'edited', editedAt: 10 }),
      message(1, { body: 'again', editedAt: 20 }),
      message(1, { body: '', editedAt: 20, deletedAt: 30 }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: 4, maxLength: 4 }), (order) => {
        const timeline = order.reduce<Timeline>(
          (current, version) => confirm(current, [version], 'ada'),
          emptyTimeline,
        )
        expect(allMessages(timeline)[0]).toMatchObject({ body: '', deletedAt: 30 })
      }),
    )
  })

  it('keeps unchanged messages as the same objects', () => {
    const before = confirm(emptyTimeline, [message(1), message(2)], 'ada')
    const after = change(confirm(before, [message(3)], 'ada'), edited(2, 'new'))
    expect(allMessages(after)[0]).toBe(before.confirmed[0])
    expect(allMessages(after)[1]?.body).toBe('new')
  })

  it('shows what is left of several changes when one of them is refused', () => {
    const first = edited(1, 'first')
    const second = edited(1, 'second')
    const both = change(change(confirm(emptyTimeline, [message(1)], 'ada'), first), second)
    const bodyOf = (timeline: Timeline) => allMessages(timeline)[0]?.body
    expect(bodyOf(both)).toBe('second')
    expect(bodyOf(unchange(both, second))).toBe('first')
    expect(bodyOf(unchange(both, first))).toBe('second')
    expect(bodyOf(unchange(unchange(both, first), second))).toBe('body 1')
  })

  it('forgets the oldest when there are too many', () => {
    const timeline = confirm(emptyTimeline, [message(1), message(2), message(3)], 'ada')
    expect(trim(timeline, 2).confirmed.map(({ offset }) => offset)).toEqual([2, 3])
    expect(trim(timeline, 3)).toBe(timeline)
  })

  it('forgets the newest instead where it is told to', () => {
    const timeline = confirm(emptyTimeline, [message(1), message(2), message(3)], 'ada')
    expect(trim(timeline, 2, 'newest').confirmed.map(({ offset }) => offset)).toEqual([1, 2])
  })

  it('is not set back by a page that is older than an event', () => {
    const reactions = [{ emoji: '👍', users: ['grace'] }]
    const live = confirm(confirm(emptyTimeline, [message(1)], 'ada'), [message(1, { reactions })], 'ada', 7)
    expect(confirm(live, [message(1)], 'ada', 6).confirmed[0]?.reactions).toEqual(reactions)
    expect(confirm(live, [message(1)], 'ada', 8).confirmed[0]?.reactions).toBeUndefined()
  })

  it('shows an order of its own making never, whatever pages and events bring', () => {
    // A message changes at some places of the channel; its state at a place is what a page or an event brings.
    const place = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(fc.array(place, { minLength: 1 }), (places) => {
        const timeline = places.reduce<Timeline>(
          (current, asOf) => confirm(current, [message(1, { body: `state ${asOf}` })], 'ada', asOf),
          emptyTimeline,
        )
        expect(timeline.confirmed[0]?.body).toBe(`state ${Math.max(...places)}`)
      }),
    )
  })
})

describe('replies', () => {
  const reply = (offset: number, createdAt = offset) => message(offset, { thread: 1, createdAt })

  it('are counted once, whatever of them was counted by the server already', () => {
    // The server has counted up to some place; the events from another place on, not later, are delivered.
    const place = fc.integer({ min: 1, max: 10 })
    fc.assert(
      fc.property(place, place, (one, other) => {
        const [delivered, loaded] = [Math.min(one, other), Math.max(one, other)]
        const root = message(1, loaded > 1 ? { replies: loaded - 1, lastReplyAt: loaded } : {})
        let timeline = confirm(emptyTimeline, [root], 'ada', delivered)
        for (let offset = delivered; offset <= 12; offset += 1)
          timeline = countReply(timeline, reply(offset), offset)
        expect(timeline.confirmed[0]).toMatchObject({ replies: 11, lastReplyAt: 12 })
      }),
    )
  })

  it('are counted when they were stored at the same time', () => {
    const timeline = [2, 3, 4].reduce(
      (current, offset) => countReply(current, reply(offset, 50), offset),
      confirm(emptyTimeline, [message(1)], 'ada'),
    )
    expect(timeline.confirmed[0]).toMatchObject({ replies: 3, lastReplyAt: 50 })
  })
})

describe('how far others have come', () => {
  const all = Array.from({ length: 20 }, (_, index) =>
    message(index + 1, { sender: index % 3 === 0 ? 'grace' : 'ada' }),
  )
  const place = fc.integer({ min: 0, max: 20 })
  const receipt = fc.record({ user: fc.constantFrom('ada', 'grace', 'alan'), delivered: place, read: place })

  it("is shown with one's own messages, and others stay the same objects", () => {
    fc.assert(
      fc.property(fc.array(fc.array(receipt, { maxLength: 3 }), { maxLength: 8 }), (moves) => {
        let timeline = confirm(emptyTimeline, all, 'ada')
        for (const receipts of moves) {
          const before = timeline
          timeline = progressed(timeline, receipts, 'ada')
          for (const [index, shown] of timeline.confirmed.entries()) {
            const known = before.confirmed[index]
            const isSame = known?.status === shown.status
            if (isSame) expect(shown).toBe(known)
            else expect(shown.own).toBe(true)
          }
        }
        const others = moves.flat().filter(({ user }) => user !== 'ada')
        const read = Math.max(0, ...others.map((one) => one.read))
        const delivered = Math.max(read, ...others.map((one) => one.delivered))
        for (const { own, offset, status } of timeline.confirmed) {
          const reached = offset <= read ? 'read' : offset <= delivered ? 'delivered' : 'sent'
          expect(status).toBe(own ? reached : 'sent')
        }
        // Who is shown later is no different.
        const later = confirm({ ...timeline, confirmed: [] }, all, 'ada')
        expect(later.confirmed.map(({ status }) => status)).toEqual(
          timeline.confirmed.map(({ status }) => status),
        )
      }),
    )
  })

  it('has the time of the first receipt that passed', () => {
    const moved = (user: string, delivered: number, at: number, read = 0): Receipt => ({
      user,
      delivered,
      deliveredAt: at,
      read,
      ...(read > 0 && { readAt: at }),
    })
    const own = confirm(emptyTimeline, [message(1), message(2), message(3)], 'ada')
    const steps = [[moved('grace', 1, 100)], [moved('alan', 2, 200, 2)], [moved('grace', 3, 300, 3)]]
    const timeline = steps.reduce((current, receipts) => progressed(current, receipts, 'ada'), own)
    expect(timeline.confirmed).toMatchObject([
      { deliveredAt: 100, readAt: 200 },
      { deliveredAt: 200, readAt: 200 },
      { deliveredAt: 300, readAt: 300 },
    ])
  })
})
