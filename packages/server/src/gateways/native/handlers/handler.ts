// What all handlers of commands have in common: the features they hand commands to, and their shape.
import { type Command, type Commands, type CommandType, NowcastError, type Results } from '@nowcast/protocol'
import type { Connection, User } from '../../../core/connection.ts'
import type { Hub } from '../../../core/hub.ts'
import type { History } from '../../../engine/history.ts'
import type { Access } from '../../../features/channels/access.ts'
import type { Publisher } from '../../../features/channels/publishing.ts'
import type { Conversations } from '../../../features/chat/conversations.ts'
import type { Inbox } from '../../../features/chat/inbox.ts'
import type { Membership } from '../../../features/chat/membership.ts'
import type { MessageReader } from '../../../features/chat/messageReader.ts'
import type { Messages } from '../../../features/chat/messages.ts'
import type { Receipts } from '../../../features/chat/receipts.ts'
import type { People } from '../../../features/people/people.ts'
import type { ChannelPresence } from '../../../features/presence/presence.ts'
import type { Typing } from '../../../features/typing/typing.ts'
import type { AppKey } from '../../../foundation/auth/appSignatures.ts'
import type { ChannelKey } from '../../../foundation/channelKey.ts'
import type { Turns } from '../../turns.ts'

/** The features that commands are handed to. */
export interface Features {
  readonly hub: Hub
  /** The app's keys, any of which may have signed what a client shows. Ask each time. */
  readonly keys: () => readonly AppKey[]
  /** Whether those whom the application's backend lets subscribe may send events of their own (`client-…`) there. */
  readonly clientEvents: () => boolean
  readonly access: Access
  readonly historyOf: (key: ChannelKey) => History
  readonly publisher: Publisher
  readonly conversations: Conversations
  readonly membership: Membership
  readonly messages: Messages
  readonly messageReader: MessageReader
  readonly receipts: Receipts
  readonly inbox: Inbox
  readonly presence: ChannelPresence
  readonly typing: Typing
  readonly people: People
  /** Bytes of publications in one answer; what does not fit is a gap, or on a further page. */
  readonly maxAnswerBytes: number
}

/** A connection that commands come from. */
export interface NativeConnection extends Connection {
  /** What concerns one channel is done one after another. */
  readonly turns: Turns
  /** The peer's address, as limits count it. */
  readonly address: string
}

/** Commands that are served once a connection is established. */
export type ServedCommand = Exclude<Command, { type: 'connect' | 'refresh' }>

/** Their types. */
export type ServedType = Exclude<CommandType, 'connect' | 'refresh'>

/** Carries out a command. @throws NowcastError when the feature refuses it */
export type Handler<T extends ServedType> = (
  features: Features,
  connection: NativeConnection,
  command: Commands[T],
) => Promise<Results[T]> | Results[T]

/** A handler for every command. */
export type Handlers = { readonly [T in ServedType]: Handler<T> }

/** The result of commands that have none. */
export const nothing: Record<never, never> = {}

/** The connection's user. @throws NowcastError `unauthorized` when nobody has signed in */
export function signedIn({ user }: NativeConnection): User {
  if (user !== undefined) return user
  throw new NowcastError('unauthorized', 'This needs a connection with a token.')
}
