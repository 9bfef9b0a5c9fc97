// What a native session works with: what all sessions of a node share, and the link that is its own.
import type { WireFormat } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import type { Flusher } from '../../core/outbox.ts'
import type { Socket } from '../../core/socket.ts'
import type { CommandLimits } from '../../features/limits/commandLimits.ts'
import type { ConnectionLimits } from '../../features/limits/connectionLimits.ts'
import type { TokenVerifier } from '../../foundation/auth/tokens.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Metrics } from '../../foundation/metrics.ts'
import type { Features } from './handlers/handler.ts'

/** An app, as its sessions see it. */
export interface SessionApp {
  readonly id: string
  readonly enabled: boolean
  readonly features: Features
  readonly commandLimits: Pick<CommandLimits, 'take'>
  readonly tokens: Pick<TokenVerifier, 'verify'>
  /** Those of its own; where it has none, a link is counted only when it is taken. */
  readonly connectionLimits: Pick<ConnectionLimits, 'entered' | 'left'> | undefined
}

/** What all sessions of a node share. */
export interface SessionContext {
  /** The app of a key, or without one that of those who name none; undefined for no app's key. */
  readonly appOf: (key: string | undefined) => SessionApp | undefined
  readonly node: string
  readonly hub: Hub
  readonly anonymous: boolean
  readonly flusher: Flusher
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'refused'>
  readonly heartbeatMs: number
  readonly connectTimeoutMs: number
  readonly maxFrameBytes: number
  readonly maxOutboxBytes: number
  readonly maxPendingCommands: number
}

/** The link under a session. */
export interface Link {
  readonly socket: Socket
  readonly format: WireFormat
  /** The peer's address, as limits count it. */
  readonly address: string
  /** Asks for a sign of life, which every client gives by itself. */
  ping(): void
  /** Called once, after `connect` was answered. */
  established(): void
}
