// Presence over all nodes: what this node entered, what it observes, and the leases that keep both right while nodes die,
// freeze, and lose Redis.
import type { Json, Position } from '@nowcast/protocol'
import type { ChannelKey } from '../../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'
import type { Presence, PresenceListener, PresenceSnapshot } from '../../presence.ts'
import { presenceKeysOf } from '../keys.ts'
import type { RedisLink } from '../link.ts'
import { RedisSubscriptions } from '../subscriptions.ts'
import { ChannelEntries } from './channelEntries.ts'
import { HeardPlace } from './heardPlace.ts'
import { decodeChanges, type PresenceAnswer, type PresenceWish, toAnswer, toMembers } from './message.ts'

/** How presence is kept. */
export interface RedisPresenceOptions {
  readonly prefix: string
  /** How long a node's members outlive its last sign of life. It gives one every third of that. */
  readonly leaseMs: number
  readonly newEpoch: () => string
}

/** What this node has to do with one channel. */
interface Channel {
  readonly entries: ChannelEntries
  observed: Observed | undefined
  /** The tick at which its lease was last refreshed and its place last read. */
  touchedAt: number
}

interface Observed {
  readonly place: HeardPlace
  /** How often messages may have been lost so far, and up to which of these times places were compared. */
  losses: number
  compared: number
  /** Settles when changes arrive, or can't now. */
  ready: Promise<void>
}

/** Members of dead nodes that one call lets go; more of them take further calls. */
const MAX_RELEASES = 500
/** Channels that nobody touches are forgotten after this, or after some leases when those are longer. */
const MIN_KEPT_MS = 600_000
const TICKS_PER_REFRESH = 5
const CHUNK = 200

/** The members of channels, in Redis. */
export class RedisPresence implements Presence {
  readonly #link: RedisLink
  readonly #clock: Clock
  readonly #log: Logger
  readonly #options: RedisPresenceOptions
  /** This process in the eyes of Redis: another one after a restart, whose lease must not keep the members of before. */
  readonly #holder: string
  readonly #subscriptions: RedisSubscriptions
  readonly #channels = new Map<ChannelKey, Channel>()
  #listener: PresenceListener | undefined
  #ticking: Timer | undefined
  #tick = 0
  #calls = 0
  #stopped = false

  constructor(link: RedisLink, clock: Clock, log: Logger, options: RedisPresenceOptions) {
    this.#link = link
    this.#clock = clock
    this.#log = log
    this.#options = options
    this.#holder = options.newEpoch()
    const nameOf = (channel: ChannelKey) => presenceKeysOf(options.prefix, channel).changes
    this.#subscriptions = new RedisSubscriptions({ link, clock, nameOf })
  }

  listen(listener: PresenceListener): void {
    this.#listener = listener
  }

  async enter(channel: ChannelKey, user: string, info: Json): Promise<void> {
    await this.#channelOf(channel).entries.enter(user, info)
  }

  async leave(channel: ChannelKey, user: string): Promise<void> {
    const { entries } = this.#channelOf(channel)
    await entries.leave(user)
  }

  async members(channel: ChannelKey): Promise<PresenceSnapshot> {
    const { position, asked } = await this.#call(channel, 0, [], 'members')
    return { position, members: toMembers(asked) }
  }

  async observe(channel: ChannelKey): Promise<void> {
    const state = this.#channelOf(channel)
    state.observed ??= this.#startObserving(channel, state)
    await state.observed.ready
  }

  async unobserve(channel: ChannelKey): Promise<void> {
    const state = this.#channels.get(channel)
    if (state?.observed === undefined) return
    state.observed = undefined
    this.#subscriptions.unsubscribe(channel)
  }

  /** Takes a message, when it is one of presence. Answers whether it was. */
  receive(name: string, message: string): boolean {
    const channel = this.#subscriptions.channelOf(name)
    if (channel === undefined) return false
    try {
      const { epoch, changes } = decodeChanges(message)
      const heard = this.#channels.get(channel)?.observed?.place.hear(epoch, changes) ?? []
      if (heard === 'missed') this.#listener?.presenceMoved(channel)
      else if (heard.length > 0) this.#listener?.presence(channel, heard, epoch)
    } catch (error) {
      this.#log.error({ error, channel }, 'a message of presence could not be read')
    }
    return true
  }

  /** A connection is there that has no subscriptions yet. */
  async connected(): Promise<void> {
    this.#ticking ??= this.#tickLater()
    if (!(await this.#subscriptions.connected())) return
    for (const state of this.#channels.values()) {
      if (state.observed !== undefined) state.observed.losses += 1
      state.touchedAt = Number.NEGATIVE_INFINITY
    }
    await this.#touchDue()
  }

  /** The connection was lost. */
  disconnected(): void {
    this.#subscriptions.disconnected()
  }

  /** Ends everything; what this node entered leaves when its lease ends. */
  stop(): void {
    this.#stopped = true
    this.#ticking?.cancel()
    this.#listener = undefined
    this.#subscriptions.stop()
    this.#channels.clear()
  }

  #channelOf(channel: ChannelKey): Channel {
    const known = this.#channels.get(channel)
    if (known !== undefined) return known
    const call = (wishes: readonly PresenceWish[], ask: 'users' | '') => {
      this.#calls += 1
      return this.#call(channel, this.#calls, wishes, ask)
    }
    const entries = new ChannelEntries({ clock: this.#clock, call })
    const made: Channel = { entries, observed: undefined, touchedAt: this.#tick }
    this.#channels.set(channel, made)
    return made
  }

  async #call(
    channel: ChannelKey,
    call: number,
    wishes: readonly PresenceWish[],
    ask: 'members' | 'users' | '',
  ): Promise<PresenceAnswer> {
    const { prefix, leaseMs, newEpoch } = this.#options
    const { place, members, users, leases, changes } = presenceKeysOf(prefix, channel)
    const keptMs = Math.max(MIN_KEPT_MS, leaseMs * 4)
    const answer = toAnswer(
      await this.#link.run(
        'presence',
        [place, members, users, leases, changes],
        [
          newEpoch(),
          keptMs,
          this.#holder,
          call,
          leaseMs,
          MAX_RELEASES,
          ask,
          ...wishes.flatMap(({ kind, user, info, given }) => [kind, user, info, given]),
        ],
      ),
    )
    const state = this.#channels.get(channel)
    // Any call refreshes the lease; an observed channel needs its place compared as well.
    if (call > 0 && state !== undefined && state.observed === undefined) state.touchedAt = this.#tick
    return answer
  }

  #startObserving(channel: ChannelKey, state: Channel): Observed {
    const observed: Observed = { place: new HeardPlace(), losses: 0, compared: 0, ready: Promise.resolve() }
    observed.ready = this.#subscriptions
      .subscribe(channel, false)
      .then(() => this.#touch(channel, state))
      .catch((error) => {
        if (state.observed === observed) void this.unobserve(channel)
        throw error
      })
    return observed
  }

  /** Refreshes the lease, and finds out whether changes were missed. */
  async #touch(channel: ChannelKey, state: Channel): Promise<void> {
    const { observed } = state
    const losses = observed?.losses ?? 0
    const position = await state.entries.touch()
    state.touchedAt = this.#tick
    if (observed === undefined || state.observed !== observed) return
    if (this.#compare(observed, position, losses)) this.#listener?.presenceMoved(channel)
  }

  #compare(observed: Observed, position: Position, losses: number): boolean {
    const lossy = losses > observed.compared
    observed.compared = losses
    return observed.place.compare(position, lossy)
  }

  #tickLater(): Timer {
    return this.#clock.after(this.#options.leaseMs / 3 / TICKS_PER_REFRESH, async () => {
      this.#tick += 1
      await this.#touchDue()
      if (!this.#stopped) this.#ticking = this.#tickLater()
    })
  }

  /** Touches every channel that was not touched for a third of a lease; what can't be now is due again at the next tick. */
  async #touchDue(): Promise<void> {
    const due: [ChannelKey, Channel][] = []
    for (const [channel, state] of this.#channels) {
      if (state.observed === undefined && state.entries.isIdle) this.#channels.delete(channel)
      else if (this.#tick - state.touchedAt >= TICKS_PER_REFRESH - 1) due.push([channel, state])
    }
    for (let start = 0; start < due.length; start += CHUNK) {
      const some = due.slice(start, start + CHUNK)
      const outcomes = await Promise.allSettled(some.map(([channel, state]) => this.#touch(channel, state)))
      if (outcomes.some(({ status }) => status === 'rejected')) return
    }
  }
}
