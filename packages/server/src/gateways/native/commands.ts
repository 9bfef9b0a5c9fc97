// What each command of the native protocol does: hand it to the feature whose business it is.
import {
  type Command,
  type Commands,
  type CommandType,
  isChannelName,
  NowcastError,
  type Position,
  type Results,
  type SubscribeResult,
} from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import type { Hub, Subscribed } from '../../core/hub.ts'
import type { History } from '../../engine/history.ts'
import type { Access } from '../../features/channels/access.ts'
import { ChannelPolicies } from '../../features/channels/policies.ts'
import type { Publisher } from '../../features/channels/publishing.ts'
import type { Conversations } from '../../features/chat/conversations.ts'
import type { Messages } from '../../features/chat/messages.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { fitPage, fitRecoveries } from './fitting.ts'
import type { Turns } from './turns.ts'

/** The features that commands are handed to. */
export interface Features {
  readonly hub: Hub
  readonly access: Access
  readonly historyOf: (key: ChannelKey) => History
  readonly publisher: Publisher
  readonly conversations: Conversations
  readonly messages: Messages
  /** Bytes of publications in one answer; what does not fit is a gap, or on a further page. */
  readonly maxAnswerBytes: number
}

/** A connection that commands come from. */
export interface NativeConnection extends Connection {
  /** Subscriptions of one channel are made one after another. */
  readonly turns: Turns
}

/** Commands that are served once a connection is established. */
export type ServedCommand = Exclude<Command, { type: 'connect' | 'refresh' }>
type ServedType = Exclude<CommandType, 'connect' | 'refresh'>
type Handler<T extends ServedType> = (
  features: Features,
  connection: NativeConnection,
  command: Commands[T],
) => Promise<Results[T]> | Results[T]

const DEFAULT_PAGE = 20
const nothing: Record<never, never> = {}

const handlers: { readonly [T in ServedType]: Handler<T> } = {
  ping: () => nothing,
  subscribe,
  unsubscribe: ({ hub }, connection, { channels }) => {
    for (const channel of channels) hub.unsubscribe(connection, channelKey(connection.app, channel))
    return nothing
  },
  publish: ({ publisher }, { user }, { channel, event, eventId, data, metadata }) =>
    publisher.publishAs(user, {
      channel,
      event,
      id: eventId,
      data,
      ...(metadata === undefined ? {} : { metadata }),
    }),
  history: async (features, { app, user }, { channel, before, limit = DEFAULT_PAGE }) => {
    const { access, historyOf, maxAnswerBytes } = features
    if (!(await access.allows('readHistory', channel, user)))
      throw ChannelPolicies.refusal('readHistory', channel)
    const key = channelKey(app, channel)
    const page = await historyOf(key).read(key, { limit, ...(before === undefined ? {} : { before }) })
    return fitPage(page, maxAnswerBytes)
  },
  'conversation.create': ({ conversations }, { user }, command) =>
    conversations.create(signedIn(user), command),
  'conversation.direct': ({ conversations }, { user }, command) =>
    conversations.direct(signedIn(user), command),
  'conversation.join': ({ conversations }, { user }, command) => conversations.join(signedIn(user), command),
  'conversation.leave': ({ conversations }, { user }, command) =>
    conversations.leave(signedIn(user), command),
  'conversation.list': ({ conversations }, { user }, command) => conversations.list(signedIn(user), command),
  'conversation.get': ({ conversations }, { user }, command) => conversations.get(signedIn(user), command),
  'conversation.members': ({ conversations }, { user }, command) =>
    conversations.members(signedIn(user), command),
  'conversation.send': ({ messages }, { user }, command) => messages.send(signedIn(user), command),
  'conversation.history': ({ messages }, { user }, command) => messages.history(signedIn(user), command),
  'conversation.search': ({ messages }, { user }, command) => messages.search(signedIn(user), command),
  'conversation.edit': ({ messages }, { user }, command) => messages.edit(signedIn(user), command),
  'conversation.delete': ({ messages }, { user }, command) => messages.delete(signedIn(user), command),
}

/**
 * Carries out a command.
 * @throws NowcastError when the feature refuses it
 */
export function serve(
  features: Features,
  connection: NativeConnection,
  command: ServedCommand,
): Promise<Results[ServedType]> | Results[ServedType] {
  const handler = handlers[command.type] as Handler<typeof command.type>
  return handler(features, connection, command as never)
}

function signedIn(user: User | undefined): User {
  if (user === undefined)
    throw new NowcastError('unauthorized', 'Conversations need a connection with a token.')
  return user
}

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
  connection: Connection,
  request: { readonly channel: string; readonly position?: Position },
): Promise<SubscribeResult> {
  const { channel, position } = request
  try {
    if (!isChannelName(channel))
      throw new NowcastError('invalid_channel', `"${channel}" is not the name of a channel.`)
    if (!(await features.access.allows('subscribe', channel, connection.user))) {
      throw ChannelPolicies.refusal('subscribe', channel)
    }
    const key = channelKey(connection.app, channel)
    const subscribed = await features.hub.subscribe(connection, key, position)
    await confirm(features, connection, key, channel)
    return toResult(channel, subscribed)
  } catch (error) {
    if (error instanceof NowcastError) return { channel, error: error.toWire() }
    throw error
  }
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
