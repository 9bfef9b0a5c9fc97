// What the commands about channels do: subscribing, publishing, reading back.
import {
  type Commands,
  isChannelName,
  NowcastError,
  type Results,
  type SubscribeRequest,
  type SubscribeResult,
} from '@nowcast/protocol'
import type { Connection } from '../../../core/connection.ts'
import type { Subscribed } from '../../../core/hub.ts'
import { grant, isGranted, mayBeGranted, verifyGrant } from '../../../features/channels/grants.ts'
import { ChannelPolicies } from '../../../features/channels/policies.ts'
import { type ChannelKey, channelKey } from '../../../foundation/channelKey.ts'
import { fitPage, fitRecoveries } from '../fitting.ts'
import { type Features, type Handlers, type NativeConnection, nothing } from './handler.ts'

const DEFAULT_PAGE = 20
/** Events that subscribers send to one another: who may subscribe by grant may publish these. */
const CLIENT_EVENT_PREFIX = 'client-'

/** Handlers of the commands about channels. */
export const channelHandlers = {
  ping: () => nothing,
  subscribe,
  unsubscribe: ({ hub }, connection, { channels }) => {
    for (const channel of channels) hub.unsubscribe(connection, channelKey(connection.app, channel))
    return nothing
  },
  publish: ({ publisher, clientEvents }, connection, { channel, event, eventId, data, metadata, echo }) => {
    const { app, user, id } = connection
    const publishing = {
      channel,
      event,
      id: eventId,
      data,
      ...(metadata === undefined ? {} : { metadata }),
      ...(echo === false ? { exclude: id } : {}),
    }
    const isClientEvent = event.startsWith(CLIENT_EVENT_PREFIX) && clientEvents()
    const granted = isClientEvent && isGranted(connection, channelKey(app, channel))
    return granted ? publisher.publishAllowed(user, publishing) : publisher.publishAs(user, publishing)
  },
  history: async (features, connection, { channel, before, limit = DEFAULT_PAGE }) => {
    const { access, historyOf, maxAnswerBytes } = features
    const { app, user } = connection
    const key = channelKey(app, channel)
    if (!isGranted(connection, key) && !(await access.allows('readHistory', channel, user)))
      throw ChannelPolicies.refusal('readHistory', channel)
    const page = await historyOf(key).read(key, { limit, ...(before === undefined ? {} : { before }) })
    return fitPage(page, maxAnswerBytes)
  },
} satisfies Partial<Handlers>

async function subscribe(
  features: Features,
  connection: NativeConnection,
  { channels }: Commands['subscribe'],
): Promise<Results['subscribe']> {
  // A client that got no answer in time asks again; should the first one fail late, it must not end the second one.
  const results = await Promise.all(
    channels.map((request) =>
      connection.turns.run(request.channel, () => subscribeOne(features, connection, request)),
    ),
  )
  return { channels: fitRecoveries(results, features.maxAnswerBytes) }
}

async function subscribeOne(
  features: Features,
  connection: NativeConnection,
  request: SubscribeRequest,
): Promise<SubscribeResult> {
  const { channel, position } = request
  try {
    if (!isChannelName(channel))
      throw new NowcastError('invalid_channel', `"${channel}" is not the name of a channel.`)
    const key = channelKey(connection.app, channel)
    const granted = showsGrant(features, connection, key, request)
    if (!granted && !(await features.access.allows('subscribe', channel, connection.user))) {
      throw ChannelPolicies.refusal('subscribe', channel)
    }
    const subscribed = await features.hub.subscribe(connection, key, position)
    if (granted) grant(connection, key)
    else await confirm(features, connection, key, channel)
    return toResult(channel, subscribed)
  } catch (error) {
    if (error instanceof NowcastError) return { channel, error: error.toWire() }
    throw error
  }
}

/** Whether the application's backend lets it subscribe. @throws NowcastError `forbidden` when that is a forgery */
function showsGrant(
  { keys }: Features,
  connection: NativeConnection,
  key: ChannelKey,
  { channel, auth, channelData }: SubscribeRequest,
): boolean {
  if (!mayBeGranted(channel)) return false
  if (auth === undefined) return isGranted(connection, key)
  if (verifyGrant(keys(), connection.id, channel, { auth, channelData })) return true
  throw ChannelPolicies.refusal('subscribe', channel)
}

async function confirm(
  { access, hub }: Features,
  connection: Connection,
  key: ChannelKey,
  channel: string,
): Promise<void> {
  try {
    if (!(await access.stillAllows(channel, connection.user)))
      throw ChannelPolicies.refusal('subscribe', channel)
  } catch (error) {
    hub.unsubscribe(connection, key)
    throw error
  }
}

function toResult(channel: string, subscribed: Subscribed): SubscribeResult {
  const { position, recovery, latestOnly } = subscribed
  const start = { channel, position, ...(latestOnly ? { latestOnly } : {}) }
  if (recovery.outcome === 'gap')
    return { ...start, recovery: 'gap', reason: recovery.reason, action: 'reload' }
  if (recovery.outcome === 'fresh') return { ...start, recovery: 'fresh' }
  return { ...start, recovery: 'recovered', publications: recovery.publications }
}
