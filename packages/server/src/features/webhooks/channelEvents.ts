// What gateways tell of single channels, for webhooks.
import type { ChannelKey } from '../../foundation/channelKey.ts'

/** An event that a client sent to the other subscribers of a channel. */
export interface ClientEvent {
  readonly key: ChannelKey
  readonly event: string
  /** As it was sent, in JSON. */
  readonly data: string
  /** The id of the connection that it came from. */
  readonly connection: string
  /** The member who sent it; on presence channels only. */
  readonly user?: string
}

/** Hears what happens on channels. */
export interface ChannelEventListener {
  clientEvent(event: ClientEvent): void
  /** Somebody subscribed to a cache channel that has no last event. */
  cacheMissed(key: ChannelKey): void
}
