import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { count, counted, readUpTo, received, withdrawn } from './unread.ts'

interface Sent {
  readonly offset: number
  readonly mentions: boolean
}

const tally = (messages: readonly Sent[], read: number) => {
  const unread = messages.filter(({ offset }) => offset > read)
  return {
    unread: Math.min(unread.length, 100),
    unreadMentions: Math.min(unread.filter(({ mentions }) => mentions).length, 100),
  }
}

describe('what is unread', () => {
  it('is what the server would count, however reading and messages cross', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('sent' as const), mentions: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), back: fc.nat(8) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('told' as const), back: fc.nat(8), ahead: fc.nat(3) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleted' as const), back: fc.nat(8) }) },
    )
    fc.assert(
      fc.property(fc.nat(10), fc.nat(12), fc.array(step, { maxLength: 300 }), (base, readBefore, steps) => {
        let messages: Sent[] = Array.from({ length: base }, (_, index) => ({
          offset: index + 1,
          mentions: index % 2 === 0,
        }))
        let read = Math.min(readBefore, base)
        let offset = base
        let state = counted(base, read, tally(messages, read))
        // What is beyond the limit is not known one by one any more.
        let isCapped = false
        for (const taken of steps) {
          if (taken.kind === 'sent') {
            offset += 1
            messages.push({ offset, mentions: taken.mentions })
            state = received(state, offset, taken.mentions)
          } else if (taken.kind === 'deleted') {
            const gone = messages.find((message) => message.offset === offset - taken.back)
            if (gone === undefined || isCapped) continue
            messages = messages.filter((message) => message !== gone)
            state = withdrawn(state, gone.offset, gone.mentions)
          } else {
            const to = Math.max(offset - taken.back, read)
            // Reading here before what the server has counted is settled by what it says.
            if (to < base && taken.kind === 'read') continue
            read = to
            state = readUpTo(state, to, taken.kind === 'told' ? tally(messages, to) : undefined)
          }
          isCapped ||= messages.filter((message) => message.offset > read).length >= 100
          if (isCapped) expect(count(state).unread).toBe(tally(messages, read).unread)
          else expect(count(state)).toEqual(tally(messages, read))
        }
      }),
    )
  })

  it('does not lose a message that came after the server has counted', () => {
    const state = received(counted(10, 5, { unread: 3, unreadMentions: 0 }), 11, true)
    expect(count(readUpTo(state, 10, { unread: 0, unreadMentions: 0 }))).toEqual({
      unread: 1,
      unreadMentions: 1,
    })
  })

  it('does not double a message that the server has counted before its event came', () => {
    const state = readUpTo(counted(10, 5, { unread: 3, unreadMentions: 0 }), 10, {
      unread: 1,
      unreadMentions: 0,
    })
    expect(count(state).unread).toBe(0)
    expect(count(received(state, 11, false)).unread).toBe(1)
  })

  it('never goes back', () => {
    const state = counted(10, 8, { unread: 2, unreadMentions: 0 })
    expect(readUpTo(state, 7, { unread: 3, unreadMentions: 0 })).toBe(state)
  })
})
