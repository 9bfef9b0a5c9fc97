// What the pages need of a realtime service: the same, whichever client library brings it. Everything else in the pages
// knows this interface alone.
import type { CollaborationTransport } from '@nowcast/yjs'
import type { ClientKind, Person } from '../../shared/api.ts'

/** Something that changes and says so. */
export interface Observable<Snapshot> {
  /** @returns stops that */
  subscribe(listener: () => void): () => void
  /** The same value until something changes. */
  getSnapshot(): Snapshot
}

/**
 * Where the connection stands. `connecting`: for the first time. `reconnecting`: it was there, or takes long.
 * `offline`: the browser has no network. `failed`: given up.
 */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'failed'

/** `refused`: this person may not hear it. */
export type ChannelState = 'subscribing' | 'subscribed' | 'refused'

/** Who is on a channel now. */
export interface Members {
  readonly people: readonly Person[]
  readonly count: number
}

/** Called for each event; `sender` is the user's id for events of other pages, as the server says it. */
export type EventListener = (data: unknown, sender: string | undefined) => void

/** A channel that a page listens to. */
export interface RealtimeChannel {
  readonly name: string
  readonly state: Observable<ChannelState>
  readonly members: Observable<Members>
  /** Listens to one kind of event. @returns stops that */
  on(event: string, listener: EventListener): () => void
  /** Hears when events may have been missed, the first subscription included: load anew. @returns stops that */
  onMissed(listener: () => void): () => void
  /** Tells the other pages on the channel; without a connection it is dropped. */
  sendClientEvent(event: string, data: Readonly<Record<string, string | boolean>>): void
  /** Carries a text that several people edit. */
  documentTransport(): CollaborationTransport
  /** Ends the subscription. */
  leave(): void
}

/** A connection to the realtime service. */
export interface Realtime {
  readonly kind: ClientKind
  readonly connection: Observable<ConnectionState>
  /** Subscribes a channel, also as a member where it has members. Each channel has one owner, who leaves it. */
  subscribe(channel: string): RealtimeChannel
}

/** Nobody. */
export const NO_MEMBERS: Members = { people: [], count: 0 }
