import { beforeEach, describe, expect, it } from 'vitest'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { textFrame } from '../webSocketFrame.ts'
import { Mailbox } from './mailbox.ts'

let clock: SimulatedClock
let mailbox: Mailbox
let told: string[]

beforeEach(() => {
  clock = new SimulatedClock()
  told = []
  mailbox = new Mailbox(clock, 15_000, {
    closed: () => told.push('closed'),
    abandoned: () => told.push('abandoned'),
  })
})

const write = (...texts: string[]) => mailbox.write(Buffer.concat(texts.map(textFrame)))

describe('the frames of one who polls', () => {
  it('wait until they are acknowledged', async () => {
    write('{"a":1}', '{"b":"ř"}')
    write('{"c":2}')
    const all = [
      { n: 1, text: '{"a":1}\n{"b":"ř"}' },
      { n: 2, text: '{"c":2}' },
    ]
    expect(await mailbox.take(0, 1_000)).toEqual({ frames: all })
    expect(await mailbox.take(0, 1_000)).toEqual({ frames: all })
    let drained = 0
    mailbox.onceDrained(() => {
      drained += 1
    })
    expect(await mailbox.take(1, 1_000)).toEqual({ frames: all.slice(1) })
    expect(mailbox.bufferedBytes).toBe(textFrame('{"c":2}').length)
    const waiting = mailbox.take(2, 1_000)
    expect([mailbox.bufferedBytes, drained]).toEqual([0, 1])
    write('{"d":3}')
    expect(await waiting).toEqual({ frames: [{ n: 3, text: '{"d":3}' }] })
  })

  it('come in answers of bounded size', async () => {
    for (let index = 0; index < 3; index += 1) write('x'.repeat(200_000))
    expect((await mailbox.take(0, 1_000)).frames.map(({ n }) => n)).toEqual([1])
    expect((await mailbox.take(1, 1_000)).frames.map(({ n }) => n)).toEqual([2])
  })

  it('are waited for no longer than asked, and only by the newest poll', async () => {
    const older = mailbox.take(0, 5_000)
    const newer = mailbox.take(0, 5_000)
    expect(await older).toEqual({ frames: [], superseded: true })
    await clock.advance(5_000)
    expect(await newer).toEqual({ frames: [] })
  })

  it('that never were can not be acknowledged', async () => {
    await expect(mailbox.take(1, 1_000)).rejects.toMatchObject({ code: 'invalid_command' })
  })

  it('can be fetched after the end, until nobody has polled for long', async () => {
    const waiting = mailbox.take(0, 20_000)
    await clock.advance(16_000)
    expect(told).toEqual([])
    write('{"last":1}')
    mailbox.close(4401, 'unauthorized')
    expect(told).toEqual(['closed'])
    expect((await waiting).frames).toHaveLength(1)
    const close = { code: 4401, reason: 'unauthorized' }
    expect(await mailbox.take(0, 1_000)).toEqual({ frames: [{ n: 1, text: '{"last":1}' }], close })
    await clock.advance(14_000)
    expect(await mailbox.take(1, 1_000)).toEqual({ frames: [], close })
    // Polling on does not keep what is over.
    await clock.advance(1_000)
    expect(told).toEqual(['closed', 'abandoned'])
  })

  it('are let go when nobody polls', async () => {
    const waiting = mailbox.take(0, 1_000)
    await clock.advance(1_000)
    await waiting
    await clock.advance(14_000)
    expect(told).toEqual([])
    await clock.advance(1_000)
    expect(told).toEqual(['abandoned'])
  })

  it('are let go as soon after as if the poll had ended, where whoever polls has gone', async () => {
    const waiting = mailbox.take(0, 20_000)
    mailbox.wake()
    expect(await waiting).toEqual({ frames: [] })
    await clock.advance(15_000)
    expect(told).toEqual(['abandoned'])
  })

  it('are kept for who is busy with those before', async () => {
    write('{"a":1}')
    await mailbox.take(0, 1_000)
    for (let index = 0; index < 3; index += 1) {
      await clock.advance(10_000)
      mailbox.keep()
    }
    expect(told).toEqual([])
    await clock.advance(15_000)
    expect(told).toEqual(['abandoned'])
  })

  it('leave nothing running when they are forgotten', async () => {
    const waiting = mailbox.take(0, 20_000)
    mailbox.dispose()
    expect((await waiting).frames).toEqual([])
    await clock.advance(60_000)
    expect(told).toEqual([])
  })
})
