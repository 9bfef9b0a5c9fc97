// A connection as those see it who carry out what its client says.
import type { Json, NowcastError } from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import type { RateWindow } from '../../features/limits/rateWindow.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'

/** Who has signed in. */
export interface SignedIn {
  readonly user: User
  /** What presence channels show of the user, unless they are told otherwise. */
  readonly userInfo: Json | undefined
}

/** A connection that speaks Pusher's protocol. */
export interface PusherConnection extends Connection {
  /** The peer's address, as limits count it. */
  readonly address: string
  signedIn: SignedIn | undefined
  /** Who the connection is on the presence channels that it has subscribed to: ids of users. */
  readonly members: Map<ChannelKey, string>
  readonly eventRate: RateWindow
  /** A new id for an event of this connection. */
  nextEventId(): string
  /** Tells the client that something is refused. @param frame what it is told, where that is not simply the error */
  refuse(error: unknown, frame?: (error: NowcastError) => Uint8Array): void
}
