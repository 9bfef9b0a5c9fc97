// What a session of Pusher's protocol works with: what all sessions of a node share, and the link that is its own.
import type { Hub } from '../../core/hub.ts'
import type { Flusher } from '../../core/outbox.ts'
import type { Socket } from '../../core/socket.ts'
import type { History } from '../../engine/history.ts'
import type { Apps } from '../../features/apps/app.ts'
import type { Occupancy } from '../../features/occupancy/occupancy.ts'
import type { ChannelPresence } from '../../features/presence/presence.ts'
import type { ChannelEventListener } from '../../features/webhooks/channelEvents.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Metrics } from '../../foundation/metrics.ts'

/** What all sessions of a node share. */
export interface PusherContext {
  readonly apps: Apps
  readonly hub: Pick<Hub, 'connect' | 'disconnect' | 'subscribe' | 'unsubscribe'>
  readonly presence: Pick<ChannelPresence, 'enterAs' | 'watchTold' | 'roomFor'>
  readonly occupancy: Pick<Occupancy, 'watchCount'>
  readonly channelEvents: ChannelEventListener
  readonly historyOf: (key: ChannelKey) => History
  readonly flusher: Flusher
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'refused'>
  readonly maxFrameBytes: number
  readonly maxOutboxBytes: number
  /** Members of a channel above which they are not all listed. */
  readonly maxListed: number
  /** Messages of one connection that may be under way at once. */
  readonly maxPendingCommands: number
}

/** The link under a session. */
export interface PusherLink {
  /** Takes whole text frames of WebSocket. */
  readonly socket: Socket
  /** The peer's address, as limits count it. */
  readonly address: string
  /** Asks for a sign of life below the protocol, where the link can. */
  ping?(): void
}
