import { type Command, NowcastError } from '@nowcast/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'
import type { ChannelGap } from './entry.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

const make = (options: Partial<ClientOptions> = {}) => testClient(server, options)

/** A client that listens to a channel, with everything that it heard. */
async function listening(name = 'news', options: Partial<ClientOptions> = {}) {
  const client = make(options)
  const channel = client.channel(name)
  const offsets: number[] = []
  const gaps: ChannelGap[] = []
  const stop = channel.onAny(({ offset }) => offsets.push(offset))
  channel.onGap((gap) => gaps.push(gap))
  const subscribed = () =>
    until(() => channel.getSnapshot().state === 'subscribed', 'the channel to be subscribed')
  await subscribed()
  return { client, channel, offsets, gaps, stop, subscribed }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('a subscription', () => {
  it('lasts from the first listener to a while after the last', async () => {
    const timers = new ManualTimers()
    const client = make({ timers })
    const channel = client.channel('news')
    const stops = [channel.on('event', () => {}), client.channel('news').onAny(() => {})]
    await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
    for (const stop of stops) stop()
    timers.advance(500)
    const stop = channel.on('event', () => {})
    timers.advance(5_000)
    expect(channel.getSnapshot().state).toBe('subscribed')
    stop()
    timers.advance(1_000)
    expect(channel.getSnapshot().state).toBe('idle')
    await until(() => server.subscribers('news') === 0, 'the end of the subscription')
    expect(server.count('subscribe')).toBe(1)
    expect(server.count('unsubscribe')).toBe(1)
  })

  it('can be made again after its end, and its state is still seen', async () => {
    const timers = new ManualTimers()
    const channel = make({ timers }).channel('news')
    for (const round of [1, 2]) {
      const stop = channel.on('event', () => {})
      await until(() => channel.getSnapshot().state === 'subscribed', `subscription ${round}`)
      stop()
      timers.advance(1_000)
      expect(channel.getSnapshot().state).toBe('idle')
    }
  })

  it('is kept when a listener comes back while the connection was away', async () => {
    const timers = new ManualTimers()
    const client = make({ timers, backoff: {} })
    const channel = client.channel('news')
    const stop = channel.on('event', () => {})
    await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
    stop()
    server.cut()
    await until(() => client.connection.state === 'unavailable', 'the loss')
    timers.advance(300)
    await until(() => client.connection.state === 'connected', 'the connection')
    channel.on('event', () => {})
    timers.advance(5_000)
    await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
  })

  it('of many channels takes few commands', async () => {
    const client = make()
    const names = upTo(450).map((index) => `channel-${index}`)
    for (const name of names) client.channel(name).onAny(() => {})
    await until(() => server.subscribers('channel-450') === 1, 'the last subscription')
    expect(server.count('subscribe')).toBe(3)
  })

  it('that is refused says why', async () => {
    server.script = ({ type }) =>
      type === 'subscribe' ? new NowcastError('forbidden', 'Not you.') : undefined
    const channel = make().channel('private-x')
    const states: string[] = []
    channel.onState(({ state }) => states.push(state))
    channel.onAny(() => {})
    await until(() => channel.getSnapshot().state === 'refused', 'the refusal')
    expect(channel.getSnapshot().error?.code).toBe('forbidden')
    expect(states).toEqual(['subscribing', 'refused'])
  })

  it('that is refused for now is asked for again', async () => {
    let refusals = 2
    server.script = ({ type }) =>
      type === 'subscribe' && refusals-- > 0
        ? new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
        : undefined
    await listening()
    expect(server.count('subscribe')).toBe(3)
  })

  it('that the server ends is refused, and can be asked for again', async () => {
    const { client, channel } = await listening()
    server.expel('news', { code: 'forbidden', message: 'Not any more.' })
    await until(() => channel.getSnapshot().state === 'refused', 'the end')
    client.channel('news').onAny(() => {})
    await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
  })
})

describe('delivery', () => {
  it('is in order, without holes and doubles, wherever the connection is cut and whatever is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            copies: fc.constantFrom(0, 1, 1, 1, 2),
            cut: fc.constantFrom(false, false, false, true),
            turn: fc.boolean(),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async (steps) => {
          const own = await ScriptedServer.start()
          const client = testClient(own)
          try {
            const channel = client.channel('news')
            const offsets: number[] = []
            const gaps: unknown[] = []
            channel.onAny(({ offset }) => offsets.push(offset))
            channel.onGap((gap) => gaps.push(gap))
            await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
            for (const { copies, cut, turn } of steps) {
              own.copies = () => copies
              own.publish('news', 'event', null)
              if (cut) own.cut()
              if (turn) await new Promise((resolve) => setImmediate(resolve))
            }
            own.copies = () => 1
            await until(() => own.subscribers('news') === 1, 'the connection')
            own.publish('news', 'event', null)
            await until(() => offsets.at(-1) === steps.length + 1, 'the last event')
            expect(offsets).toEqual(upTo(steps.length + 1))
            expect(gaps).toEqual([])
          } finally {
            client.close()
            await own.stop()
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('includes what arrives before the reply to the subscription', async () => {
    const log = server.log('news')
    const subscribe = log.subscribe.bind(log)
    log.subscribe = (asked) => {
      const result = subscribe(asked)
      server.publish('news', 'event', 'early')
      return result
    }
    const { offsets, subscribed } = await listening()
    await subscribed()
    expect(offsets).toEqual([1])
    server.cut()
    await until(() => offsets.length === 2, 'the early event of the second subscription')
    expect(offsets).toEqual([1, 2])
  })

  it('asks again when a recovery brings less than it says', async () => {
    const { offsets, gaps } = await listening()
    const log = server.log('news')
    const subscribe = log.subscribe.bind(log)
    let short = true
    log.subscribe = (asked) => {
      const result = subscribe(asked)
      if (!short || !('publications' in result) || result.publications === undefined) return result
      short = false
      return { ...result, publications: result.publications.filter(({ offset }) => offset !== 2) }
    }
    server.copies = () => 0
    for (const _ of upTo(3)) server.publish('news', 'event', null)
    server.cut()
    await until(() => offsets.length === 3, 'all events')
    expect(offsets).toEqual([1, 2, 3])
    expect(gaps).toEqual([])
  })

  it('takes for lost what recoveries never bring', async () => {
    const { offsets, gaps, subscribed, channel } = await listening()
    const log = server.log('news')
    const subscribe = log.subscribe.bind(log)
    log.subscribe = (asked) => ({ ...subscribe(asked), publications: [] })
    server.copies = () => 0
    for (const _ of upTo(3)) server.publish('news', 'event', null)
    server.cut()
    await until(() => gaps.length === 1, 'the gap')
    await subscribed()
    expect(gaps).toEqual([{ reason: 'expired', position: { epoch: 'epoch-1', offset: 3 } }])
    expect(offsets).toEqual([])
    server.copies = () => 1
    server.publish('news', 'event', null)
    await until(() => offsets.length === 1, 'the next event')
    expect(channel.getSnapshot().position).toEqual({ epoch: 'epoch-1', offset: 3 })
  })

  it('says what was missed for ever', async () => {
    const { offsets, gaps } = await listening()
    const log = server.log('news')
    server.copies = () => 0
    for (const _ of upTo(5)) server.publish('news', 'event', null)
    log.expiredUpTo = 4
    server.copies = () => 1
    server.cut()
    await until(() => gaps.length === 1, 'the gap')
    log.restart('epoch-2')
    server.publish('news', 'event', 'lost with its epoch')
    server.cut()
    await until(() => gaps.length === 2, 'the second gap')
    expect(gaps.map(({ reason }) => reason)).toEqual(['expired', 'epoch-changed'])
    await until(() => server.subscribers('news') === 1, 'the subscription')
    server.publish('news', 'event', null)
    await until(() => offsets.length === 1, 'the next event')
    expect(offsets).toEqual([2])
  })

  it('goes on after a gap of the live subscription', async () => {
    const { offsets, gaps } = await listening()
    server.copies = () => 0
    for (const _ of upTo(4)) server.publish('news', 'event', null)
    server.copies = () => 1
    const position = { epoch: 'epoch-1', offset: 4 }
    server.push({ type: 'gap', channel: 'news', position, reason: 'expired', action: 'reload' })
    server.publish('news', 'event', null)
    await until(() => offsets.length === 1, 'the next event')
    expect(gaps).toEqual([{ reason: 'expired', position }])
    expect(offsets).toEqual([5])
    expect(server.count('subscribe')).toBe(1)
  })

  it('skips superseded events where the channel allows it', async () => {
    server.log('news').latestOnly = true
    const { offsets, gaps } = await listening()
    server.publish('news', 'event', null)
    server.copies = () => 0
    for (const _ of upTo(3)) server.publish('news', 'event', null)
    server.copies = () => 1
    server.publish('news', 'event', null)
    await until(() => offsets.length === 2, 'the latest event')
    server.copies = () => 0
    for (const _ of upTo(3)) server.publish('news', 'event', null)
    server.cut()
    await until(() => offsets.length === 3, 'the latest event after the loss')
    expect(offsets).toEqual([1, 5, 8])
    expect(gaps).toEqual([])
  })

  it('does not begin where another listener begins, when the reply says that this is too far', async () => {
    server.conversations.create('general', 2)
    const held: Command[] = []
    server.script = (command) => {
      if (command.type !== 'subscribe') return undefined
      held.push(command)
      return 'silent'
    }
    const client = make()
    const offsets: number[] = []
    client.channel('conversation-general').onAny(({ offset }) => offsets.push(offset))
    await until(() => held.length === 1, 'the subscription')
    const [result] = [server.log('conversation-general').subscribe(undefined)]
    server.conversations.send('general', 'grace', 'three', 'three')
    // The list is read further on than the subscription, whose reply comes late.
    client.conversations.subscribe(() => {})
    await until(() => client.conversations.getSnapshot().status === 'ready', 'the list')
    server.script = () => undefined
    server.push({ type: 'reply', id: held[0]?.id, result: { channels: [result] } })
    await until(() => offsets.length === 1, 'the event after the subscription')
    expect(offsets).toEqual([3])
  })

  it('ends at once for a listener that another one has stopped', async () => {
    const { channel } = await listening()
    const heard: string[] = []
    let stop = () => {}
    channel.onAny(() => {
      heard.push('one')
      stop()
    })
    stop = channel.onAny(() => heard.push('two'))
    server.publish('news', 'event', null)
    await until(() => heard.length > 0, 'the event')
    expect(heard).toEqual(['one'])
  })

  it('goes on where it was, when a listener ends the connection amid a recovery', async () => {
    const { client, channel, offsets } = await listening()
    channel.onAny(({ offset }) => {
      if (offset === 2) client.disconnect()
    })
    server.copies = () => 0
    for (const _ of upTo(4)) server.publish('news', 'event', null)
    server.copies = () => 1
    server.cut()
    await until(() => client.connection.state === 'disconnected', 'the end')
    expect(offsets).toEqual([1, 2])
    client.connect()
    await until(() => offsets.length === 4, 'the others')
    expect(offsets).toEqual(upTo(4))
  })
})

describe('the snapshot of a channel', () => {
  it('is the same object until something changes, and never of an earlier subscription', async () => {
    const timers = new ManualTimers()
    const { client, channel, stop } = await listening('news', { timers, backoff: {} })
    const subscribed = channel.getSnapshot()
    server.publish('news', 'event', null)
    await client.channel('news').history()
    expect(channel.getSnapshot()).toBe(subscribed)

    server.cut()
    await until(() => channel.getSnapshot().state === 'subscribing', 'the loss')
    expect(channel.getSnapshot()).toBe(channel.getSnapshot())
    timers.advance(300)
    await until(() => channel.getSnapshot().state === 'subscribed', 'the next subscription')
    expect(channel.getSnapshot().position).toEqual({ epoch: 'epoch-1', offset: 1 })

    server.expel('news', { code: 'forbidden', message: 'Not any more.' })
    await until(() => channel.getSnapshot().state === 'refused', 'the refusal')
    stop()
    channel.close()
    timers.advance(1_000)
    const idle = channel.getSnapshot()
    expect(idle).toEqual({ state: 'idle' })
    channel.subscribe(() => {})()
    expect(channel.getSnapshot()).toBe(idle)
    expect(channel.getSnapshot()).toBe(client.channel('news').getSnapshot())
    channel.onAny(() => {})
    expect(channel.getSnapshot()).toEqual({ state: 'subscribing' })
    await until(() => channel.getSnapshot().state === 'subscribed', 'the last subscription')
    expect(channel.getSnapshot().position).toEqual({ epoch: 'epoch-1', offset: 1 })
  })
})
