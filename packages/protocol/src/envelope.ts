// The standard event envelope and its place in a channel. Every protocol, store and page speaks of these.

/** The version of the envelope's shape. */
export const ENVELOPE_VERSION = 1

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Small facts about an event that travel beside its data, e.g. a trace id. */
export type Metadata = { readonly [key: string]: Json }

/** A named message on a channel, as everybody receives it. */
export type EventEnvelope = {
  /** Given by the publisher; the same id twice within the idempotency window is one event. */
  readonly id: string
  /** The envelope's shape, `ENVELOPE_VERSION`. */
  readonly version: number
  readonly channel: string
  readonly name: string
  readonly data: Json
  /** When the server accepted it, in milliseconds since 1970. */
  readonly timestamp: number
  /** The user id of who published it; absent when the application's backend did. */
  readonly sender?: string
  readonly metadata?: Metadata
  /** Id of the one connection that does not get it: its publisher, where that one asked not to hear itself. */
  readonly exclude?: string
}

/** An event with its place in the channel. */
export type Publication = EventEnvelope & {
  /** 1, 2, 3… without holes within one epoch. */
  readonly offset: number
}

/** A place in a channel: everything up to and including `offset` has been seen. Offset 0 is before the first. */
export type Position = {
  /** Changes when the channel's history was lost; offsets of two epochs can't be compared. */
  readonly epoch: string
  readonly offset: number
}
