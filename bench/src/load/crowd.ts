// Many subscribers of one contestant: connects them, counts what they receive, cuts them.
import type { NodeReceived, OpenOptions, Received } from '../processes/contracts.ts'
import { monotonicMicros } from '../wire/benchEvent.ts'
import { dialects } from './dialects.ts'
import { EventCounter, findMoments } from './eventCounter.ts'
import { Latencies } from './latencies.ts'
import { RawLink } from './rawLink.ts'

/** Where a subscriber is in its channel. */
export interface Place {
  readonly epoch: string
  readonly offset: number
}

/** What came from one node. */
interface Tally {
  readonly port: number
  events: number
  latencies: Latencies
}

/** The bench's subscribers. */
export class Crowd {
  readonly options: OpenOptions
  /** The place of each channel when the crowd subscribed, from Nowcast's replies. */
  readonly places = new Map<string, Place>()
  #links: RawLink[] = []
  #cutting = false
  #lost = 0
  readonly #tallies: readonly Tally[]
  #bytes = 0
  #latencies = new Latencies()
  #resetAt = 0
  #lastEventAt = 0
  #cpuAtReset = process.cpuUsage()

  constructor(options: OpenOptions) {
    this.options = options
    this.#tallies = options.ports.map((port) => ({ port, events: 0, latencies: new Latencies() }))
  }

  /**
   * Connects everybody, at most `concurrency` at the same time.
   * @throws Error when one can't connect
   */
  async open(): Promise<void> {
    let next = 0
    const worker = async () => {
      while (next < this.options.connections) {
        const index = next
        next += 1
        this.#links.push(await this.#join(index))
      }
    }
    await Promise.all(Array.from({ length: this.options.concurrency }, worker))
  }

  /** Begins to measure anew. */
  reset(): void {
    for (const tally of this.#tallies) {
      tally.events = 0
      tally.latencies = new Latencies()
    }
    this.#bytes = 0
    this.#latencies = new Latencies()
    this.#resetAt = monotonicMicros()
    this.#lastEventAt = this.#resetAt
    this.#cpuAtReset = process.cpuUsage()
  }

  /** What came since the last reset. */
  received(): Received {
    const { user, system } = process.cpuUsage(this.#cpuAtReset)
    return {
      events: this.#tallies.reduce((sum, { events }) => sum + events, 0),
      nodes: this.#tallies.map(
        ({ port, events, latencies }): NodeReceived => ({ port, events, latency: latencies.summary() }),
      ),
      bytes: this.#bytes,
      lastEventMs: (this.#lastEventAt - this.#resetAt) / 1e3,
      latency: this.#latencies.summary(),
      cpuMicros: user + system,
      lost: this.#lost,
    }
  }

  /** Events since the last reset that the subscribers of every node have received. */
  arrivedEverywhere(): number {
    return Math.min(...this.#tallies.map(({ events }) => events))
  }

  /** Cuts everybody at once. */
  cut(): void {
    this.#cutting = true
    for (const link of this.#links) link.cut()
    this.#links = []
  }

  /** The channel of the subscriber with this number. */
  channelOf(index: number): string | undefined {
    return this.options.channels[index % this.options.channels.length]
  }

  /** Each node has a row of neighbours, so that its subscribers are spread over all channels. */
  #tallyOf(index: number): Tally {
    const tally = this.#tallies[Math.floor((index * this.#tallies.length) / this.options.connections)]
    if (tally === undefined) throw new Error('a crowd needs a node to connect to')
    return tally
  }

  #join(index: number): Promise<RawLink> {
    const { contestant, sampleEvery } = this.options
    const tally = this.#tallyOf(index)
    const dialect = dialects[contestant]
    const greeting = { user: `user-${index}`, channel: this.channelOf(index), position: undefined }
    return new Promise((resolve, reject) => {
      const step = (proceed: () => ReturnType<typeof dialect.begin>) => {
        try {
          const taken = proceed()
          if ('say' in taken) link.say(taken.say)
          else if ('done' in taken) {
            this.#listen(link, tally, index % sampleEvery === 0)
            resolve(link)
          }
        } catch (error) {
          reject(error)
          link.cut()
        }
      }
      const link = new RawLink(tally.port, dialect.path, {
        upgraded: () => step(() => dialect.begin(greeting)),
        text: (text) => {
          if (greeting.channel !== undefined && !this.places.has(greeting.channel))
            this.#note(greeting.channel, text)
          step(() => dialect.next(text, greeting))
        },
        ended: (error) => {
          if (!this.#cutting) this.#lost += 1
          reject(error ?? new Error(`${contestant} closed a connection`))
        },
      })
    })
  }

  #listen(link: RawLink, tally: Tally, sampled: boolean): void {
    const counter = new EventCounter((heartbeat) => {
      if (heartbeat === 'ping') link.pong()
      else link.say('3')
    })
    const marker = Buffer.from(dialects[this.options.contestant].momentMarker)
    link.takeBytes((bytes, end) => {
      const events = counter.count(bytes, end)
      this.#bytes += end
      if (events === 0) return
      tally.events += events
      if (!sampled) return
      const now = monotonicMicros()
      this.#lastEventAt = now
      findMoments(bytes, end, marker, (micros) => {
        this.#latencies.add(now - micros)
        tally.latencies.add(now - micros)
      })
    })
  }

  #note(channel: string, text: string): void {
    const found = /"position":\{"epoch":"([^"]+)","offset":(\d+)\}/.exec(text)
    if (found?.[1] !== undefined) this.places.set(channel, { epoch: found[1], offset: Number(found[2]) })
  }
}
