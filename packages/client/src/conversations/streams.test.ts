import type { Message } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualTimers } from '../testing/manualTimers.ts'
import { append, type Piece } from './pieces.ts'
import { type StreamOwner, type StreamParts, Streams } from './streams.ts'
import { confirm, emptyTimeline, messageAt, type Timeline } from './timeline.ts'

const TEXT = 'The quick brown fox 🦊 jumps over the lazy dog.'

const writing = (body: string): Message => ({
  id: 'answer',
  conversation: 'general',
  offset: 1,
  sender: 'robot',
  body,
  createdAt: 1,
  streaming: true,
})

/** A page that shows a message while it is written; loads are answered when the test says so. */
class Page implements StreamOwner {
  readonly conversation = 'general'
  readonly bodies: string[] = []
  readonly loads: ((message: Message) => void)[] = []
  readonly timers = new ManualTimers()
  readonly streams: Streams
  timeline: Timeline = confirm(emptyTimeline, [writing('')], 'ada')

  constructor() {
    const call = () => new Promise((resolve) => this.loads.push((message) => resolve({ message })))
    this.streams = new Streams(this, {
      connection: { call: call as StreamParts['connection']['call'] },
      timers: this.timers,
    })
  }

  get body(): string {
    return messageAt(this.timeline, 1)?.body ?? ''
  }

  show(timeline: Timeline): void {
    this.timeline = timeline
    this.bodies.push(this.body)
  }

  refresh(message: Message, asOf?: number): void {
    this.show(confirm(this.timeline, [message], 'ada', asOf))
  }

  /** Answers the loads that are under way with so much of the text. */
  async answer(length: number): Promise<void> {
    for (const load of this.loads.splice(0)) load(writing(TEXT.slice(0, length)))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a text in pieces', () => {
  it('takes every character once', () => {
    expect(append('', { at: 0, text: 'ab' })).toEqual({ body: 'ab', whole: true })
    expect(append('ab', { at: 0, text: 'ab' })).toEqual({ body: 'ab', whole: true })
    expect(append('ab', { at: 1, text: 'bcd' })).toEqual({ body: 'abcd', whole: true })
    expect(append('abcd', { at: 1, text: 'b' })).toEqual({ body: 'abcd', whole: true })
  })

  it('says when something is missing or differs', () => {
    expect(append('ab', { at: 3, text: 'd' })).toEqual({ body: 'ab', whole: false })
    expect(append('abX', { at: 1, text: 'bcd' })).toEqual({ body: 'a', whole: false })
  })
})

describe('a message that is being written', () => {
  it('loses, doubles and garbles nothing, whatever happens to its pieces', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('piece' as const), length: fc.nat(6), copies: fc.nat(2) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), length: fc.nat(60) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('answer' as const), behind: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'gap' as const }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const page = new Page()
        let written = 0
        const receive = (piece: Piece) => page.streams.receive(piece)
        for (const taken of steps) {
          if (taken.kind === 'piece') {
            const at = written
            written = Math.min(written + taken.length, TEXT.length)
            const piece = { offset: 1, at, text: TEXT.slice(at, written) }
            for (let copy = 0; copy < taken.copies; copy += 1) receive(piece)
          } else if (taken.kind === 'repeat') {
            const at = Math.max(written - taken.length, 0)
            receive({ offset: 1, at, text: TEXT.slice(at, written) })
          } else if (taken.kind === 'answer') {
            // The server's own copy may be behind what it has announced.
            await page.answer(Math.max(written - taken.behind, 0))
            page.timers.advance(1_000)
          } else page.streams.catchUp()
        }
        page.streams.catchUp()
        await page.answer(written)
        page.timers.advance(1_000)
        await page.answer(written)
        expect(page.body).toBe(TEXT.slice(0, written))
        let longest = 0
        for (const body of page.bodies) {
          expect(TEXT.startsWith(body)).toBe(true)
          expect(body.length).toBeGreaterThanOrEqual(longest)
          longest = body.length
        }
        page.streams.stop()
        expect(page.timers.size).toBe(0)
      }),
    )
  })

  it('is loaded once for a hole, and goes on with what has come meanwhile', async () => {
    const page = new Page()
    for (const at of [4, 6, 8]) page.streams.receive({ offset: 1, at, text: TEXT.slice(at, at + 2) })
    expect(page.loads).toHaveLength(1)
    await page.answer(5)
    expect(page.body).toBe(TEXT.slice(0, 10))
  })

  it('is loaded when its text is another than the pieces say', async () => {
    const page = new Page()
    page.streams.receive({ offset: 1, at: 0, text: 'The slow' })
    page.streams.receive({ offset: 1, at: 0, text: TEXT.slice(0, 9) })
    expect(page.loads).toHaveLength(1)
    await page.answer(9)
    expect(page.body).toBe(TEXT.slice(0, 9))
  })

  it('takes no pieces any more once it is complete', () => {
    const page = new Page()
    const { streaming: _, ...complete } = writing('Done.')
    page.refresh(complete, 5)
    page.streams.receive({ offset: 1, at: 5, text: ' Not.' })
    page.refresh(writing('Do'), 1)
    expect(page.body).toBe('Done.')
    expect(page.loads).toHaveLength(0)
  })
})
