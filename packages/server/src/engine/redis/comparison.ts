// Compares places after each loss and now and then, so that no message is missed for long without being noticed.
import type { Position } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { RedisSubscriptions } from './subscriptions.ts'

/** What the comparison works with. */
export interface RedisComparisonParts {
  readonly clock: Clock
  readonly subscriptions: RedisSubscriptions
  readonly readPosition: (channel: ChannelKey) => Promise<Position>
  /** Told of a channel's place when messages may have been missed. */
  readonly onPosition: (channel: ChannelKey, position: Position) => void
}

const CHUNK = 500
const COMPARE_EVERY_MS = 1_000
/** Each channel is compared once in so many rounds, or in more when that would be over a chunk in one. */
const COMPARE_ROUNDS = 10

/** Compares the places of the channels that are subscribed. */
export class RedisComparison {
  readonly #parts: RedisComparisonParts
  /** Channels whose messages may have been missed. */
  readonly #doubtful = new Set<ChannelKey>()
  /** Channels whose turn comes in this pass through all of them. */
  #pass: ChannelKey[] = []
  #perRound = 0
  #comparing: Timer | undefined
  #stopped = false

  constructor(parts: RedisComparisonParts) {
    this.#parts = parts
  }

  /** Begins to compare now and then. */
  start(): void {
    this.#comparing ??= this.#compareLater()
  }

  /** Messages of the channel may have been missed; its place is compared soon. */
  doubt(channel: ChannelKey): void {
    if (this.#parts.subscriptions.hasPlaced(channel)) this.#doubtful.add(channel)
  }

  /** Messages of every channel may have been missed; compares them now. */
  async doubtAll(): Promise<void> {
    for (const channel of this.#parts.subscriptions.placed()) this.#doubtful.add(channel)
    await this.#compare()
  }

  /** Ends everything. */
  stop(): void {
    this.#stopped = true
    this.#comparing?.cancel()
    this.#doubtful.clear()
  }

  #compareLater(): Timer {
    return this.#parts.clock.after(COMPARE_EVERY_MS, async () => {
      if (this.#pass.length === 0) {
        this.#pass = this.#parts.subscriptions.placed()
        this.#perRound = Math.min(CHUNK, Math.ceil(this.#pass.length / COMPARE_ROUNDS))
      }
      for (const channel of this.#pass.splice(0, this.#perRound)) this.doubt(channel)
      await this.#compare()
      if (!this.#stopped) this.#comparing = this.#compareLater()
    })
  }

  /** Asks for the places of what is in doubt; what can't be had stays in doubt until the next round. */
  async #compare(): Promise<void> {
    while (this.#parts.subscriptions.isConnected && this.#doubtful.size > 0) {
      const channels = [...this.#doubtful].slice(0, CHUNK)
      for (const channel of channels) this.#doubtful.delete(channel)
      const outcomes = await Promise.allSettled(channels.map((channel) => this.#compareOne(channel)))
      if (outcomes.some(({ status }) => status === 'rejected')) return
    }
  }

  async #compareOne(channel: ChannelKey): Promise<void> {
    try {
      const position = await this.#parts.readPosition(channel)
      if (this.#parts.subscriptions.has(channel)) this.#parts.onPosition(channel, position)
    } catch (error) {
      this.doubt(channel)
      throw error
    }
  }
}
