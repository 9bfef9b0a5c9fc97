// One client link as core sees it: who it is, in which format it is spoken to, and what it subscribed to.
import type { NowcastError, Position, Publication, Push, WireError } from '@nowcast/protocol'
import type { ChannelKey } from '../foundation/channelKey.ts'
import type { Outbox } from './outbox.ts'

/** Continuity lost on a live subscription. */
export interface Gap {
  readonly channel: string
  readonly position: Position
  readonly reason: 'epoch-changed' | 'offset-ahead' | 'expired' | 'too-much'
}

/**
 * How a gateway encodes what is delivered: every method returns complete frames for the wire, the same for all
 * connections of the format; no bytes where the protocol has no words for it. One object per format, so that a channel can
 * encode once for each.
 */
export interface WireFormat {
  /** True where of people only that they come and go is told, neither that they are away nor what they say. */
  readonly onlineOnly?: boolean
  event(publication: Publication): Uint8Array
  gap(gap: Gap): Uint8Array
  unsubscribed(channel: string, error: WireError): Uint8Array
  /** What the server says besides, as the native protocol words it. */
  push(push: Push): Uint8Array
  /** What stands for an event in the place of the connection that it is not for; undefined in a protocol without offsets. */
  skipped?(channel: string, offset: number): Uint8Array
  /** How many connections subscribe to a channel; undefined in a protocol that does not tell. */
  subscriptionCount?(channel: string, count: number): Uint8Array
}

/** Who is behind a connection. */
export interface User {
  readonly id: string
  readonly name?: string
  readonly avatar?: string
  /** All claims of the token, for channel policies. */
  readonly [claim: string]: unknown
}

/** A connection's interest in a channel. Channels keep it in a dense list; `index` is its place there. */
export interface Subscription {
  readonly connection: Connection
  index: number
}

/** One client link. */
export interface Connection {
  readonly id: string
  readonly app: string
  readonly user: User | undefined
  readonly format: WireFormat
  readonly outbox: Outbox
  readonly subscriptions: Map<ChannelKey, Subscription>
  /** Tells why, in the words of its protocol, and closes the link. */
  end(error: NowcastError): void
}
