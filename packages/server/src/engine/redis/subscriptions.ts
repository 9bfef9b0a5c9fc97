// Which channels this node wants to hear, kept subscribed through lost connections.
import { NowcastError } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { RedisLink } from './link.ts'

/** What the subscriptions work with. */
export interface RedisSubscriptionParts {
  readonly link: Pick<RedisLink, 'subscribe' | 'unsubscribe'>
  readonly clock: Clock
  /** The name under which a channel's messages travel. */
  readonly nameOf: (channel: ChannelKey) => string
}

interface Wanted {
  readonly channel: ChannelKey
  /** Its publications have a place that Redis does not know, and reach this node without Redis too. */
  readonly relayed: boolean
  /** Settles when it is subscribed, or can't be now. */
  readonly sent: Promise<void>
}

/** Subscriptions that are sent together at the end of a turn. */
interface Gathering {
  readonly subscribe: Set<string>
  readonly unsubscribe: Set<string>
  readonly sent: Promise<void>
}

const CHUNK = 500
/** After a subscription that was not answered, although the connection holds. */
const RETRY_MS = 500

/** The node's subscriptions to one kind of message. */
export class RedisSubscriptions {
  readonly #parts: RedisSubscriptionParts
  readonly #wanted = new Map<string, Wanted>()
  #gathering: Gathering | undefined
  #connected = false
  /** What is wanted and not subscribed on this connection. */
  readonly #missing = new Set<string>()
  #mending: Promise<boolean> | undefined
  /** Ends the wait before the next attempt. */
  #endPause = () => {}

  constructor(parts: RedisSubscriptionParts) {
    this.#parts = parts
  }

  /** True while messages arrive. */
  get isConnected(): boolean {
    return this.#connected
  }

  /** The channel behind a name, when it is wanted. */
  channelOf(name: string): ChannelKey | undefined {
    return this.#wanted.get(name)?.channel
  }

  /** True when the channel is wanted. */
  has(channel: ChannelKey): boolean {
    return this.#wanted.has(this.#parts.nameOf(channel))
  }

  /** True when the channel is wanted, and Redis knows its place. */
  hasPlaced(channel: ChannelKey): boolean {
    return this.#wanted.get(this.#parts.nameOf(channel))?.relayed === false
  }

  /** The channels that are wanted and whose place Redis knows. */
  placed(): ChannelKey[] {
    const channels: ChannelKey[] = []
    for (const { channel, relayed } of this.#wanted.values()) if (!relayed) channels.push(channel)
    return channels
  }

  /**
   * From when this resolves, messages arrive. A relayed channel never fails: it is subscribed as soon as that is possible.
   * @throws NowcastError `unavailable`
   */
  async subscribe(channel: ChannelKey, relayed: boolean): Promise<void> {
    const name = this.#parts.nameOf(channel)
    const wanted = this.#wanted.get(name) ?? { channel, relayed, sent: this.#gather('subscribe', name) }
    this.#wanted.set(name, wanted)
    try {
      await wanted.sent
    } catch (error) {
      if (relayed) {
        if (this.#connected && this.#wanted.get(name) === wanted) void this.#mend([name])
        return
      }
      if (this.#wanted.get(name) === wanted) this.#wanted.delete(name)
      throw error
    }
  }

  /** Ends a subscription. */
  unsubscribe(channel: ChannelKey): void {
    const name = this.#parts.nameOf(channel)
    this.#missing.delete(name)
    if (this.#wanted.delete(name)) this.#gather('unsubscribe', name).catch(() => {})
  }

  /**
   * A connection is there that has no subscriptions yet. Answers when all that is wanted is subscribed on it, with true, or
   * when it is lost before.
   */
  connected(): Promise<boolean> {
    this.disconnected()
    this.#connected = true
    return this.#mend(this.#wanted.keys())
  }

  /** The connection was lost. */
  disconnected(): void {
    this.#connected = false
    this.#missing.clear()
    this.#mending = undefined
    this.#endPause()
  }

  /** Ends everything. */
  stop(): void {
    this.disconnected()
    this.#wanted.clear()
  }

  #mend(names: Iterable<string>): Promise<boolean> {
    for (const name of names) this.#missing.add(name)
    if (this.#mending !== undefined) return this.#mending
    const isCurrent = () => this.#mending === mending
    const mending: Promise<boolean> = Promise.resolve().then(async () => {
      while (isCurrent() && this.#missing.size > 0)
        await this.#mendSome([...this.#missing].slice(0, CHUNK), isCurrent)
      if (!isCurrent()) return false
      this.#mending = undefined
      return true
    })
    this.#mending = mending
    return mending
  }

  // A command that was not answered in time may have been carried out or not; the connection need not be lost for that.
  async #mendSome(names: readonly string[], isCurrent: () => boolean): Promise<void> {
    try {
      await this.#parts.link.subscribe(names)
      if (isCurrent()) for (const name of names) this.#missing.delete(name)
    } catch {
      if (!isCurrent()) return
      await new Promise<void>((resolve) => {
        const timer = this.#parts.clock.after(RETRY_MS, resolve)
        this.#endPause = () => {
          timer.cancel()
          resolve()
        }
      })
    }
  }

  async #gather(kind: 'subscribe' | 'unsubscribe', name: string): Promise<void> {
    if (!this.#connected)
      throw new NowcastError('unavailable', 'Redis is out of reach.', { retryAfterMs: 500 })
    this.#gathering ??= this.#startGathering()
    this.#gathering[kind].add(name)
    await this.#gathering.sent
  }

  #startGathering(): Gathering {
    const subscribe = new Set<string>()
    const unsubscribe = new Set<string>()
    const { clock, link } = this.#parts
    const sent = new Promise<void>((resolve) => clock.endOfTurn(resolve)).then(async () => {
      this.#gathering = undefined
      const left = [...unsubscribe].filter((name) => !this.#wanted.has(name))
      await Promise.all([
        left.length > 0 ? link.unsubscribe(left) : undefined,
        subscribe.size > 0 ? link.subscribe([...subscribe]) : undefined,
      ])
    })
    return { subscribe, unsubscribe, sent }
  }
}
