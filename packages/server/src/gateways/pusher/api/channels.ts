// What a backend is told of channels: which have subscribers, how many, who is there, and what was said last.
import { NowcastError, USER_CHANNEL_PREFIX } from '@nowcast/protocol'
import type { App } from '../../../features/apps/app.ts'
import { isCacheChannel } from '../../../features/channels/lastEvents.ts'
import type { Occupancy } from '../../../features/occupancy/occupancy.ts'
import { channelKey } from '../../../foundation/channelKey.ts'
import type { Clock } from '../../../foundation/clock.ts'
import { encode } from '../eventData.ts'
import { type Attribute, parseAttributes } from './attributes.ts'
import { isChannel, isPresenceChannel } from './names.ts'
import { type Parameters, parameter } from './signature.ts'

/** Who knows about the channels of all nodes. */
export type ChannelOccupancy = Pick<Occupancy, 'channels' | 'subscriptionCounts' | 'users'>

/** What of a channel is told. */
export interface ChannelFacts {
  readonly user_count?: number
  readonly subscription_count?: number
  /** The last event of a cache channel; `ttl` in seconds. */
  readonly cache?: { readonly event: string; readonly data: string; readonly ttl: number }
}

/** Presence channels whose users are asked for at the same time. */
const AT_ONCE = 50

/** Answers questions about channels. */
export class ChannelQueries {
  readonly #occupancy: ChannelOccupancy
  readonly #clock: Clock

  constructor(occupancy: ChannelOccupancy, clock: Clock) {
    this.#occupancy = occupancy
    this.#clock = clock
  }

  /** The answer to GET /channels. @throws NowcastError `invalid_command`, `unavailable` */
  async channels(app: App, parameters: Parameters): Promise<{ channels: Record<string, ChannelFacts> }> {
    const prefix = parameter(parameters, 'filter_by_prefix') ?? ''
    const info = parameter(parameters, 'info') ?? ''
    const attributes = parseAttributes(info, ['user_count', 'subscription_count'])
    if (attributes.includes('user_count') && !isPresenceChannel(prefix)) {
      throw invalid(
        'user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-',
      )
    }
    const names = await this.#occupancy.channels(app.id, prefix)
    // Those that only other protocols can name are of no use to the backend, nor are those of single users.
    const isTold = (name: string) => isChannel(name, app.pusher) && !name.startsWith(USER_CHANNEL_PREFIX)
    const facts = await this.facts(app, names.filter(isTold), attributes)
    return { channels: Object.fromEntries(facts) }
  }

  /** The answer to GET /channels/:channel. @throws NowcastError `invalid_command`, `unavailable` */
  async channel(
    app: App,
    channel: string,
    parameters: Parameters,
  ): Promise<{ occupied: boolean } & ChannelFacts> {
    requireChannel(app, channel)
    const info = parameter(parameters, 'info') ?? ''
    const attributes = parseAttributes(info, ['user_count', 'subscription_count', 'cache'])
    if (attributes.includes('user_count') && !isPresenceChannel(channel)) {
      throw invalid('Cannot retrieve the user count unless the channel is a presence channel')
    }
    if (attributes.includes('cache') && !isCacheChannel(channel)) {
      throw invalid('Cannot retrieve the cache unless the channel is a cache channel')
    }
    const [counts, facts, cache] = await Promise.all([
      this.#occupancy.subscriptionCounts(app.id, [channel]),
      this.facts(
        app,
        [channel],
        attributes.filter((attribute) => attribute === 'user_count'),
      ),
      attributes.includes('cache') ? this.#cache(app, channel) : {},
    ])
    const count = counts.get(channel) ?? 0
    const counted = attributes.includes('subscription_count') ? { subscription_count: count } : {}
    return { occupied: count > 0, ...facts.get(channel), ...counted, ...cache }
  }

  /** The answer to GET /channels/:channel/users. @throws NowcastError `invalid_command`, `unavailable` */
  async users(app: App, channel: string): Promise<{ users: readonly { id: string }[] }> {
    requireChannel(app, channel)
    if (!isPresenceChannel(channel)) {
      throw invalid('Users can only be retrieved for presence channels')
    }
    const users = await this.#occupancy.users(app.id, channel)
    return { users: users.map((id) => ({ id })) }
  }

  /** What was asked for of each channel, as far as it has that. @throws NowcastError `unavailable` */
  async facts(
    app: App,
    channels: readonly string[],
    attributes: readonly Attribute[],
  ): Promise<ReadonlyMap<string, ChannelFacts>> {
    const [users, subscriptions] = await Promise.all([
      attributes.includes('user_count')
        ? this.#userCounts(app, channels.filter(isPresenceChannel))
        : undefined,
      attributes.includes('subscription_count')
        ? this.#occupancy.subscriptionCounts(app.id, channels)
        : undefined,
    ])
    const facts = new Map<string, ChannelFacts>()
    for (const channel of channels) {
      const count = users?.get(channel)
      facts.set(channel, {
        ...(count === undefined ? {} : { user_count: count }),
        ...(subscriptions === undefined ? {} : { subscription_count: subscriptions.get(channel) ?? 0 }),
      })
    }
    return facts
  }

  async #userCounts(app: App, channels: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    for (let start = 0; start < channels.length; start += AT_ONCE) {
      await Promise.all(
        channels.slice(start, start + AT_ONCE).map(async (channel) => {
          counts.set(channel, (await this.#occupancy.users(app.id, channel)).length)
        }),
      )
    }
    return counts
  }

  async #cache(app: App, channel: string): Promise<ChannelFacts> {
    const last = await app.features.lastEvents.lastEvent(channelKey(app.id, channel))
    if (last === undefined) return {}
    const leftMs = last.timestamp + app.pusher.cacheTtl - this.#clock.now()
    const ttl = Math.max(Math.ceil(leftMs / 1_000), 0)
    return { cache: { event: last.name, data: encode(last.data), ttl } }
  }
}

function requireChannel({ pusher }: App, channel: string): void {
  if (!isChannel(channel, pusher)) {
    throw invalid(`Invalid channel name: ${JSON.stringify(channel).slice(0, 250)}`)
  }
}

const invalid = (message: string) => new NowcastError('invalid_command', message)
