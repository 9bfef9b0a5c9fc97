// The rules that an application writes into its configuration: who may do what on which channels.
import type { Duration } from '../duration.ts'

/** The user behind a connection, as rules see it: the id and all claims of the token. */
export interface RuleUser {
  readonly id: string
  readonly name?: string
  readonly avatar?: string
  // Claims are whatever the application signed; rules are the application's own code and know their shape.
  // biome-ignore lint/suspicious/noExplicitAny: the application's claims have the application's types
  readonly [claim: string]: any
}

/** What a rule decides about. */
export interface RuleContext {
  /** Anonymous connections satisfy no rule that is a function. */
  readonly user: RuleUser
  /** The parts of the channel's name that the pattern names with `:`. */
  readonly params: Readonly<Record<string, string>>
  readonly channel: string
}

/** `true`: everybody; `'user'`: everybody signed in; `false`: nobody; a function: whom it says. */
export type Rule = boolean | 'user' | ((context: RuleContext) => boolean | Promise<boolean>)

/** How a channel's history is kept. */
export interface HistoryPolicy {
  /** Publications kept; 0 keeps none. Default 100. */
  readonly size?: number
  /** How long one is kept. Default 5 minutes. */
  readonly ttl?: Duration
}

/** What holds for the channels whose name matches a pattern. */
export interface ChannelPolicy {
  /** Who may subscribe. Default: everybody, but nobody for names that start with `private-` or `presence-`. */
  readonly subscribe?: Rule
  /** Which clients may publish. Default: none; the application's backend always may. */
  readonly publish?: Rule
  /** Who may read the history. Default: who may subscribe. */
  readonly readHistory?: Rule
  readonly history?: HistoryPolicy | false
  /** Superseded events are dropped for a reader that is too slow. Default false. */
  readonly latestOnly?: boolean
  /** Events leave at once, without waiting for others of the same turn. Default false. */
  readonly urgent?: boolean
}
