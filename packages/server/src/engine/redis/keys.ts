// The names of what Redis keeps for a channel. The braces put all of a channel's keys into one slot of a Redis Cluster.
import type { ChannelKey } from '../../foundation/channelKey.ts'

/** Keys of one channel. */
export interface ChannelKeys {
  /** Hash: epoch, offset, and what the history keeps. */
  readonly place: string
  /** Stream of the publications that are kept. */
  readonly history: string
  /** Two hashes of event ids that were accepted, used in turns. */
  readonly ids: readonly [string, string]
  /** The publish/subscribe channel. */
  readonly events: string
}

/** Keys of a channel's presence. */
export interface PresenceKeys {
  /** Hash: epoch, offset, and the sizes of the others. */
  readonly place: string
  /** Hash: each member once, with how many nodes hold it. */
  readonly members: string
  /** Sorted set: for each node the users that it entered. */
  readonly users: string
  /** Sorted set: when each node's lease ends. */
  readonly leases: string
  /** The publish/subscribe channel. */
  readonly changes: string
}

/** The keys of a channel. */
export function keysOf(prefix: string, channel: ChannelKey): ChannelKeys {
  const base = `${prefix}:{${channel}}:`
  return {
    place: `${base}place`,
    history: `${base}history`,
    ids: [`${base}ids:0`, `${base}ids:1`],
    events: `${base}events`,
  }
}

/** The keys of a channel's presence. */
export function presenceKeysOf(prefix: string, channel: ChannelKey): PresenceKeys {
  const base = `${prefix}:{${channel}}:presence:`
  return {
    place: `${base}place`,
    members: `${base}members`,
    users: `${base}users`,
    leases: `${base}leases`,
    changes: `${base}changes`,
  }
}

/** What Redis keeps that belongs to no channel: one key each. */
export const singleKeyOf = (
  prefix: string,
  kind: 'limit' | 'cache' | 'queue' | 'registry',
  key: string,
): string => `${prefix}:${kind}:${key}`
