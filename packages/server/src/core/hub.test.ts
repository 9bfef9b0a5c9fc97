// Delivery in order, once, without silent loss, whatever order the engine's publications arrive in.
import { NowcastError, type Position, type Publication } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../engine/engine.ts'
import type { History, HistoryQuery, HistorySlice } from '../engine/history.ts'
import { channelKey } from '../foundation/channelKey.ts'
import { RecordingClient } from '../testing/recordingClient.ts'
import { SimulatedClock } from '../testing/simulatedClock.ts'
import { Hub } from './hub.ts'

const KEY = channelKey('1', 'room')

/** A channel whose history is kept exactly, and whose publications the test lets through as it likes. */
class ScriptedEngine implements History, Pick<Engine, 'subscribe' | 'unsubscribe'> {
  epoch = 'one'
  log: Publication[] = []
  size = 1_000
  async subscribe() {}
  async unsubscribe() {}
  append(): Publication {
    const offset = this.log.length + 1
    const publication = {
      id: `e${offset}`,
      version: 1,
      channel: 'room',
      name: 'n',
      data: offset,
      timestamp: 0,
      offset,
    }
    this.log.push(publication)
    return publication
  }
  /** Reads that fail from now on. */
  failures = 0
  #held: Promise<void> | undefined
  /** The answer to the next read, as it is at that moment, arrives when it is released. */
  holdNextRead(): { release(): void } {
    let release = () => {}
    this.#held = new Promise((resolve) => {
      release = resolve
    })
    return { release: () => release() }
  }
  async read(_key: string, query: HistoryQuery): Promise<HistorySlice> {
    const held = this.#held
    this.#held = undefined
    if (held === undefined && this.failures > 0) {
      this.failures -= 1
      throw new NowcastError('unavailable', 'The history is out of reach.')
    }
    const slice = this.#slice(query)
    await held
    return slice
  }
  #slice(query: HistoryQuery): HistorySlice {
    const kept = this.log.slice(-this.size)
    const position = { epoch: this.epoch, offset: this.log.length }
    if ('after' in query) {
      const found = kept.filter(({ offset }) => offset > query.after)
      return { position, publications: found.slice(0, query.limit), more: found.length > query.limit }
    }
    return { position, publications: kept.slice(-query.limit), more: kept.length > query.limit }
  }
}

function build(options: { tail: number; size?: number }) {
  const clock = new SimulatedClock()
  const engine = new ScriptedEngine()
  engine.size = options.size ?? 1_000
  const nature = { history: engine, relayed: false, tail: options.tail, latestOnly: false, urgent: false }
  const failures: unknown[] = []
  const bounds = { reorderMs: 50, lingerMs: 1_000, recoveryLimit: 100, maxSubscriptions: 10 }
  const hub = new Hub(
    engine,
    clock,
    () => nature,
    bounds,
    (_key, error) => failures.push(error),
  )
  return { clock, engine, hub, failures }
}

const offsets = (publications: readonly { readonly offset: number }[]) =>
  publications.map(({ offset }) => offset)
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)

describe('a live channel', () => {
  it('delivers every publication once and in order under any loss, doubling and reordering', async () => {
    const arrival = fc.record({ lost: fc.boolean(), twice: fc.boolean(), delayMs: fc.nat(200) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { minLength: 1, maxLength: 60 }),
        fc.nat(10),
        async (arrivals, tail) => {
          const { clock, engine, hub } = build({ tail })
          const client = new RecordingClient(clock)
          hub.connect(client.connection)
          await hub.subscribe(client.connection, KEY, undefined)
          for (const { lost, twice, delayMs } of arrivals) {
            const publication = engine.append()
            hub.expect(KEY, publication.offset)
            if (!lost) clock.after(delayMs, () => hub.publication(KEY, publication, engine.epoch))
            if (twice) clock.after(delayMs * 2, () => hub.publication(KEY, publication, engine.epoch))
          }
          await clock.advance(2_000)
          expect(offsets(client.events)).toEqual(range(1, arrivals.length))
          expect(client.gaps).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })

  it('tells every subscriber when what was lost is no longer kept', async () => {
    const { clock, engine, hub } = build({ tail: 0, size: 2 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    await hub.subscribe(client.connection, KEY, undefined)
    for (let index = 0; index < 5; index += 1) engine.append()
    hub.expect(KEY, 5)
    await clock.advance(1_000)
    expect(client.gaps).toEqual([
      { channel: 'room', position: { epoch: 'one', offset: 3 }, reason: 'expired' },
    ])
    expect(offsets(client.events)).toEqual([4, 5])
  })

  it('tells every subscriber when the history starts anew', async () => {
    const { clock, engine, hub } = build({ tail: 5 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    hub.publication(KEY, engine.append(), 'one')
    await hub.subscribe(client.connection, KEY, undefined)
    engine.epoch = 'two'
    engine.log = []
    hub.publication(KEY, engine.append(), 'two')
    await clock.advance(1_000)
    expect(client.gaps).toEqual([
      { channel: 'room', position: { epoch: 'two', offset: 1 }, reason: 'epoch-changed' },
    ])
    hub.publication(KEY, engine.append(), 'two')
    await clock.advance(1_000)
    expect(offsets(client.events)).toEqual([2])
  })

  it('reads again when it hears of another history while it reads, or when it could not read', async () => {
    const { clock, engine, hub } = build({ tail: 5 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    await hub.subscribe(client.connection, KEY, undefined)
    engine.append()
    const slow = engine.holdNextRead()
    hub.expect(KEY, 1)
    await clock.advance(100)
    engine.epoch = 'two'
    engine.log = []
    engine.failures = 1
    hub.publication(KEY, engine.append(), 'two')
    slow.release()
    await clock.advance(1_000)
    expect(client.gaps).toEqual([
      { channel: 'room', position: { epoch: 'two', offset: 1 }, reason: 'epoch-changed' },
    ])
  })

  it('fetches what it was told to expect while it was being opened', async () => {
    const { clock, engine, hub } = build({ tail: 5 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    const slow = engine.holdNextRead()
    const subscribing = hub.subscribe(client.connection, KEY, undefined)
    await clock.advance(10)
    hub.expect(KEY, engine.append().offset)
    slow.release()
    expect((await subscribing).position.offset).toBe(0)
    await clock.advance(1_000)
    expect(offsets(client.events)).toEqual([1])
  })
})

describe('a channel that is being opened', () => {
  /** A subscription whose channel's history was read, but has not arrived yet. */
  async function opening() {
    const built = build({ tail: 0, size: 5_000 })
    const client = new RecordingClient(built.clock)
    built.hub.connect(client.connection)
    const read = built.engine.read.bind(built.engine)
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    built.engine.read = async (key, query) => {
      const slice = await read(key, query)
      await arrived
      return slice
    }
    const subscribing = built.hub.subscribe(client.connection, KEY, undefined)
    await built.clock.advance(0)
    const finish = async () => {
      arrive()
      const { position } = await subscribing
      await built.clock.advance(2_000)
      return position.offset
    }
    return { ...built, client, finish }
  }

  it('fetches what it only heard of meanwhile', async () => {
    const { engine, hub, client, finish } = await opening()
    hub.expect(KEY, engine.append().offset)
    expect(await finish()).toBe(0)
    expect(offsets(client.events)).toEqual([1])
  })

  it('fetches what was too much to keep meanwhile', async () => {
    const { engine, hub, client, finish } = await opening()
    for (let index = 0; index < 1_500; index += 1) hub.publication(KEY, engine.append(), 'one')
    const start = await finish()
    expect(offsets(client.events)).toEqual(range(start + 1, 1_500))
  })
})

describe('a history that can not be read', () => {
  it.each([new NowcastError('unavailable', 'Not now.'), new Error('a surprise')])(
    'is tried again until it can (%s)',
    async (failure) => {
      const { clock, engine, hub, failures } = build({ tail: 0 })
      const client = new RecordingClient(clock)
      hub.connect(client.connection)
      await hub.subscribe(client.connection, KEY, undefined)
      const read = engine.read.bind(engine)
      engine.read = () => Promise.reject(failure)
      hub.expect(KEY, engine.append().offset)
      await clock.advance(500)
      expect(client.events).toEqual([])
      expect(failures.length > 0).toBe(!(failure instanceof NowcastError))
      engine.read = read
      await clock.advance(500)
      expect(offsets(client.events)).toEqual([1])
    },
  )

  it('leaves no channel behind when nobody could subscribe', async () => {
    const { clock, engine, hub } = build({ tail: 0 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    for (let index = 0; index < 3; index += 1) engine.append()
    const read = engine.read.bind(engine)
    engine.read = (key, query) =>
      'after' in query ? Promise.reject(new NowcastError('unavailable', 'Not now.')) : read(key, query)
    const asked = { epoch: 'one', offset: 1 }
    await expect(hub.subscribe(client.connection, KEY, asked)).rejects.toMatchObject({ code: 'unavailable' })
    await clock.advance(2_000)
    expect(hub.counts.channels).toBe(0)
  })
})

describe('a recovery', () => {
  it('from a place that this node has yet to hear of is no gap', async () => {
    const { clock, engine, hub } = build({ tail: 5 })
    const [first, late] = [new RecordingClient(clock), new RecordingClient(clock)]
    for (const { connection } of [first, late]) hub.connect(connection)
    await hub.subscribe(first.connection, KEY, undefined)
    for (let index = 0; index < 3; index += 1) engine.append()
    const subscribed = await hub.subscribe(late.connection, KEY, { epoch: 'one', offset: 2 })
    expect(subscribed.position).toEqual({ epoch: 'one', offset: 3 })
    expect(subscribed.recovery.outcome === 'recovered' && offsets(subscribed.recovery.publications)).toEqual([
      3,
    ])
    await clock.advance(1_000)
    expect([first, late].map(({ events }) => offsets(events))).toEqual([[1, 2, 3], []])
  })

  it('gives exactly what was missed, then goes on live without a hole, or is an explicit gap', async () => {
    const script = fc.record({
      before: fc.nat(40),
      seen: fc.nat(60),
      during: fc.nat(10),
      after: fc.nat(10),
      tail: fc.nat(20),
      size: fc.integer({ min: 1, max: 60 }),
      otherEpoch: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(script, async ({ before, seen, during, after, tail, size, otherEpoch }) => {
        const { clock, engine, hub } = build({ tail, size })
        for (let index = 0; index < before; index += 1) engine.append()
        const client = new RecordingClient(clock)
        hub.connect(client.connection)
        const asked: Position = { epoch: otherEpoch ? 'zero' : 'one', offset: seen }
        const subscribing = hub.subscribe(client.connection, KEY, asked)
        for (let index = 0; index < during; index += 1) hub.publication(KEY, engine.append(), 'one')
        const { position, recovery } = await subscribing
        for (let index = 0; index < after; index += 1) hub.publication(KEY, engine.append(), 'one')
        await clock.advance(1_000)
        const live = offsets(client.events)
        if (recovery.outcome === 'gap') {
          const kept =
            seen >= engine.log.length - after - size &&
            seen <= before + during &&
            before + during - seen <= 100
          expect(otherEpoch || !kept || seen > before).toBe(true)
          expect(live).toEqual(range(position.offset + 1, engine.log.length))
        } else {
          expect(otherEpoch).toBe(false)
          const recovered = recovery.outcome === 'recovered' ? offsets(recovery.publications) : []
          expect([...recovered, ...live]).toEqual(range(seen + 1, engine.log.length))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('brings the node up to date first when the subscriber has heard more from another one', async () => {
    const { clock, engine, hub } = build({ tail: 5 })
    const [here, elsewhere] = [new RecordingClient(clock), new RecordingClient(clock)]
    for (const { connection } of [here, elsewhere]) hub.connect(connection)
    await hub.subscribe(here.connection, KEY, undefined)
    for (let index = 0; index < 3; index += 1) engine.append()
    const subscribed = await hub.subscribe(elsewhere.connection, KEY, { epoch: 'one', offset: 2 })
    expect(subscribed).toMatchObject({ position: { offset: 3 }, recovery: { outcome: 'recovered' } })
    await clock.advance(10)
    expect(offsets(here.events)).toEqual([1, 2, 3])
    const { recovery } = await hub.subscribe(elsewhere.connection, KEY, { epoch: 'one', offset: 9 })
    expect(recovery).toEqual({ outcome: 'gap', reason: 'offset-ahead' })
  })

  it('tells every subscriber when it finds that the history began anew', async () => {
    const { clock, engine, hub } = build({ tail: 0 })
    const [here, other] = [new RecordingClient(clock), new RecordingClient(clock)]
    for (const { connection } of [here, other]) hub.connect(connection)
    hub.publication(KEY, engine.append(), 'one')
    hub.publication(KEY, engine.append(), 'one')
    await hub.subscribe(here.connection, KEY, undefined)
    engine.epoch = 'two'
    engine.log = []
    const subscribed = await hub.subscribe(other.connection, KEY, { epoch: 'one', offset: 1 })
    expect(subscribed).toMatchObject({
      position: { epoch: 'two', offset: 0 },
      recovery: { outcome: 'gap', reason: 'epoch-changed' },
    })
    await clock.advance(10)
    expect(here.gaps).toEqual([
      { channel: 'room', position: { epoch: 'two', offset: 0 }, reason: 'epoch-changed' },
    ])
  })

  it('reads the history of a channel once for many who come back together', async () => {
    const { clock, engine, hub } = build({ tail: 50 })
    for (let index = 0; index < 20; index += 1) engine.append()
    let reads = 0
    const read = engine.read.bind(engine)
    engine.read = (key, query) => {
      reads += 1
      return read(key, query)
    }
    const clients = Array.from({ length: 100 }, () => new RecordingClient(clock))
    const subscribed = await Promise.all(
      clients.map(({ connection }) => {
        hub.connect(connection)
        return hub.subscribe(connection, KEY, { epoch: 'one', offset: 10 })
      }),
    )
    expect(reads).toBe(1)
    for (const { recovery } of subscribed) {
      expect(recovery.outcome === 'recovered' && offsets(recovery.publications)).toEqual(range(11, 20))
    }
  })
})

describe('a channel without subscribers', () => {
  it('is let go after a while, and kept for those who come back at once', async () => {
    const { clock, hub } = build({ tail: 5 })
    const client = new RecordingClient(clock)
    hub.connect(client.connection)
    await hub.subscribe(client.connection, KEY, undefined)
    hub.unsubscribe(client.connection, KEY)
    await clock.advance(500)
    expect(hub.counts.channels).toBe(1)
    await hub.subscribe(client.connection, KEY, undefined)
    await clock.advance(5_000)
    expect(hub.counts.channels).toBe(1)
    hub.disconnect(client.connection)
    await clock.advance(5_000)
    expect(hub.counts.channels).toBe(0)
  })
})

describe('those who listen', () => {
  it('hear of each subscription once when it begins and once when it ends, however it ends', async () => {
    const { clock, hub } = build({ tail: 0 })
    const heard: string[] = []
    hub.listen({ subscribed: (_connection, key) => heard.push(`+${key} ${hub.subscriberCount(key)}`) })
    hub.listen({
      unsubscribed: (_connection, key, how) => heard.push(`-${key} ${hub.subscriberCount(key)} ${how}`),
    })
    const [first, second] = [new RecordingClient(clock), new RecordingClient(clock)]
    for (const { connection } of [first, second]) hub.connect(connection)
    for (const { connection } of [first, first, second]) await hub.subscribe(connection, KEY, undefined)
    hub.disconnect(second.connection)
    hub.unsubscribe(first.connection, KEY)
    hub.unsubscribe(first.connection, KEY)
    await hub.subscribe(first.connection, KEY, undefined)
    hub.expel(KEY, () => true, { code: 'forbidden', message: 'No more.' })
    // One that went away meanwhile never subscribes.
    await hub.subscribe(second.connection, KEY, undefined)
    const [began, ended] = [`+${KEY}`, `-${KEY}`]
    expect(heard).toEqual([
      `${began} 1`,
      `${began} 2`,
      `${ended} 1 disconnected`,
      `${ended} 0 left`,
      `${began} 1`,
      `${ended} 0 left`,
    ])
  })
})
