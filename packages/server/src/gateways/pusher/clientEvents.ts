// Events that clients send to the other subscribers of a channel.
import { isEventName, NowcastError } from '@nowcast/protocol'
import type { App } from '../../features/apps/app.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { type PusherChannel, parseChannel } from './channels.ts'
import { decode, encode } from './eventData.ts'
import type { EventMessage } from './messages.ts'
import type { PusherConnection } from './pusherConnection.ts'
import type { PusherContext } from './sessionContext.ts'

type Context = Pick<PusherContext, 'channelEvents' | 'clock'>

/** A client event that keeps all rules. */
interface Allowed {
  readonly key: ChannelKey
  readonly channel: string
  /** Absent on channels without members. */
  readonly member: string | undefined
}

/**
 * Checks an event against all that needs no waiting.
 * @throws NowcastError `forbidden`, `not_subscribed`, `invalid_event`, `data_too_large`, `limit_exceeded`
 */
export function checkClientEvent(
  { clock }: Pick<Context, 'clock'>,
  connection: PusherConnection,
  { id, pusher }: App,
  { event, channel: name, data }: EventMessage,
): Allowed {
  const { clientEvents, clientEventRate, maxChannelLength, maxEventNameLength, maxEventBytes } = pusher
  if (!clientEvents) throw new NowcastError('forbidden', 'This app takes no events of clients.')
  const place = parseChannel(name, maxChannelLength)
  requireOpen(place)
  const key = channelKey(id, place.channel)
  const member = connection.members.get(key)
  if (!connection.subscriptions.has(key) || (place.kind === 'presence' && member === undefined)) {
    throw new NowcastError('not_subscribed', `Client events need a subscription to "${name}".`)
  }
  if (!isEventName(event) || event.length > maxEventNameLength) {
    throw new NowcastError(
      'invalid_event',
      `The name of an event has at most ${maxEventNameLength} characters.`,
    )
  }
  const bytes = Buffer.byteLength(typeof data === 'string' ? data : JSON.stringify(data))
  if (bytes > maxEventBytes) {
    throw new NowcastError('data_too_large', `The data of an event has at most ${maxEventBytes} bytes.`)
  }
  if (clientEventRate !== false && !connection.eventRate.take(clientEventRate, clock.now())) {
    throw new NowcastError(
      'limit_exceeded',
      'Too many client events: the rate of this connection is exceeded.',
    )
  }
  return { key, channel: place.channel, member }
}

/** Counts an event against the app's own limits; nothing when it has none. */
export function countClientEvent(
  { features }: App,
  connection: PusherConnection,
  { event, channel }: EventMessage,
): Promise<void> | undefined {
  const command = { type: 'publish', id: 0, channel, event, eventId: '', data: null } as const
  return features.commandLimits.take(command, connection)
}

/** Publishes an event that keeps all rules. @throws NowcastError `data_too_large`, `unavailable` */
export async function publishClientEvent(
  { channelEvents }: Pick<Context, 'channelEvents'>,
  connection: PusherConnection,
  { features }: App,
  { event, data: sent }: EventMessage,
  { key, channel, member }: Allowed,
): Promise<void> {
  const data = typeof sent === 'string' ? decode(sent) : sent
  const sender = member === undefined ? connection.user : { id: member }
  const { id: exclude } = connection
  await features.publisher.publishAllowed(sender, {
    channel,
    event,
    data,
    id: connection.nextEventId(),
    exclude,
    isMeasured: true,
  })
  channelEvents.clientEvent({
    key,
    event,
    data: encode(data),
    connection: exclude,
    ...(member === undefined ? {} : { user: member }),
  })
}

/** @throws NowcastError `forbidden` */
function requireOpen({ kind, isEncrypted }: PusherChannel): void {
  if ((kind === 'private' || kind === 'presence') && !isEncrypted) return
  throw new NowcastError(
    'forbidden',
    'Client events are possible on private and presence channels that are not encrypted.',
  )
}
