// Subscribing and unsubscribing. What a client is told of a channel begins with `subscription_succeeded`, except that on a
// presence channel, which a connection must be subscribed to before it can be a member, events may come before it.
import { NowcastError, type Position, type Publication } from '@nowcast/protocol'
import type { Subscribed } from '../../core/hub.ts'
import type { App } from '../../features/apps/app.ts'
import { grant } from '../../features/channels/grants.ts'
import { ChannelPolicies } from '../../features/channels/policies.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { verifySubscription } from './authorization.ts'
import { type PusherChannel, parseChannel } from './channels.ts'
import { encodeCacheMiss, encodeEvent, encodePublication, pusherFormat } from './format.ts'
import { type EnteringMember, enteringMember } from './member.ts'
import type { SubscribeMessage } from './messages.ts'
import type { PusherConnection } from './pusherConnection.ts'
import { encodeError } from './refusals.ts'
import type { PusherContext } from './sessionContext.ts'

type Context = Pick<
  PusherContext,
  'hub' | 'presence' | 'occupancy' | 'channelEvents' | 'historyOf' | 'maxListed'
>

/** One subscription that is being made. */
interface Subscribing {
  readonly context: Context
  readonly connection: PusherConnection
  readonly app: App
  readonly place: PusherChannel
  readonly key: ChannelKey
}

/** The place from which a subscriber of a cache channel hears everything, and the last event before. */
interface CacheStart {
  readonly position: Position
  readonly last: Publication | undefined
}

/**
 * Subscribes; from when this resolves the client has been told so.
 * @throws NowcastError why it is refused
 */
export async function subscribe(
  context: Context,
  connection: PusherConnection,
  app: App,
  message: SubscribeMessage,
): Promise<void> {
  const place = parseChannel(message.channel, app.pusher.maxChannelLength)
  const key = channelKey(app.id, place.channel)
  if (connection.subscriptions.has(key)) {
    const error = new NowcastError('invalid_command', `Existing subscription to channel ${place.name}`)
    connection.refuse(error, () => encodeError(error, { channel: place.name }))
    return
  }
  await authorize(connection, app, place, message)
  const subscribing: Subscribing = { context, connection, app, place, key }
  if (place.kind === 'presence') {
    await enter(subscribing, enteringMember(message.channelData, connection.signedIn, app.pusher))
    return
  }
  await join(subscribing, () => tellSucceeded(subscribing))
  await confirm(subscribing)
  await watchCount(subscribing)
}

/** Ends a subscription; a client need not have one. */
export function unsubscribe(
  { hub }: Pick<Context, 'hub'>,
  connection: PusherConnection,
  app: App,
  name: string,
): void {
  const { channel } = parseChannel(name, app.pusher.maxChannelLength)
  const key = channelKey(app.id, channel)
  connection.members.delete(key)
  hub.unsubscribe(connection, key)
}

/** @throws NowcastError `signature_invalid`, `forbidden` */
async function authorize(
  { id, user }: PusherConnection,
  { keys, features }: App,
  { name, channel, kind }: PusherChannel,
  { auth, channelData }: SubscribeMessage,
): Promise<void> {
  if (kind === 'private' || kind === 'presence') {
    verifySubscription(keys, auth, { socketId: id, channel: name, channelData })
  } else if (!(await features.access.allows('subscribe', channel, user))) {
    throw ChannelPolicies.refusal('subscribe', name)
  }
}

/** Who was shut out while the channel was being opened was not among its subscribers yet when these were told. */
async function confirm({ context, connection, app, place, key }: Subscribing): Promise<void> {
  if (place.kind !== 'public') return
  try {
    const allowed = await app.features.access.stillAllows(place.channel, connection.user)
    if (!allowed) throw ChannelPolicies.refusal('subscribe', place.name)
  } catch (error) {
    context.hub.unsubscribe(connection, key)
    throw error
  }
}

/** @param live called in the very step in which the subscription becomes live */
async function join(subscribing: Subscribing, live: () => void): Promise<void> {
  const { context, connection, key, place } = subscribing
  const start = place.isCache ? await cacheStart(subscribing) : undefined
  await context.hub.subscribe(connection, key, start?.position, (subscribed) => {
    if (place.kind === 'private' || place.kind === 'presence') grant(connection, key)
    live()
    if (start !== undefined) tellCached(subscribing, start, subscribed)
  })
}

async function cacheStart({ context, app, key }: Subscribing): Promise<CacheStart> {
  const { position } = await context.historyOf(key).read(key, { limit: 1 })
  return { position, last: await app.features.lastEvents.lastEvent(key, position) }
}

// What was published between the last event and the subscription follows it; then come live events.
function tellCached(
  { context, connection, place, key }: Subscribing,
  { position, last }: CacheStart,
  { recovery, position: livePosition }: Subscribed,
): void {
  const between = recovery.outcome === 'recovered' ? recovery.publications : []
  const isFromBackend = ({ name }: Publication) => !name.startsWith('client-')
  const { outbox } = connection
  if (last !== undefined) outbox.push(encodePublication(last))
  else if (!between.some(isFromBackend)) {
    outbox.push(encodeCacheMiss(place.name))
    context.channelEvents.cacheMissed(key)
  }
  for (const publication of between) {
    if (publication.exclude !== connection.id) outbox.push(encodePublication(publication))
  }
  // Nothing is lost for who has seen nothing: a channel that is new begins with its first event.
  if (recovery.outcome === 'gap' && position.offset > 0) {
    const { channel } = place
    outbox.push(pusherFormat.gap({ channel, position: livePosition, reason: recovery.reason }))
  }
}

async function enter(subscribing: Subscribing, { user, data }: EnteringMember): Promise<void> {
  const { context, connection, place, key } = subscribing
  const { presence, hub } = context
  await requireRoom(subscribing, user.id)
  await join(subscribing, () => {})
  try {
    await presence.enterAs(connection, place.channel, user, data)
    // Others may have entered meanwhile.
    await requireRoom(subscribing, user.id)
    connection.members.set(key, user.id)
    await presence.watchTold(connection, place.channel, user.id)
  } catch (error) {
    connection.members.delete(key)
    hub.unsubscribe(connection, key)
    throw error
  }
}

async function requireRoom({ context, app, key }: Subscribing, user: string): Promise<void> {
  // Pages find themselves among the members that are listed.
  const maxMembers = Math.min(app.pusher.maxMembers, context.maxListed)
  if (await context.presence.roomFor(key, user, maxMembers)) return
  throw new NowcastError('limit_exceeded', `A presence channel has at most ${maxMembers} members.`, {
    field: 'members',
  })
}

function tellSucceeded({ connection, place }: Subscribing): void {
  connection.outbox.push(encodeEvent('pusher_internal:subscription_succeeded', {}, place.name))
}

// A subscription is worth more than the number of subscribers.
async function watchCount({ context, connection, app, place, key }: Subscribing): Promise<void> {
  if (!app.pusher.subscriptionCounts || place.kind === 'user') return
  try {
    await context.occupancy.watchCount(connection, key)
  } catch (error) {
    if (!(error instanceof NowcastError)) throw error
    if (error.code !== 'not_subscribed') connection.refuse(error)
  }
}
