// Which nodes lasting work is shared among.

import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Registration } from './registration.ts'

/** By then every node has read the registry once more. */
const SETTLED_MS = 3_000

/** What it is found out from. */
export interface SettledNodesParts {
  readonly config: Config
  readonly clock: Clock
  /** This node's name. */
  readonly name: string
  readonly registration: Pick<Registration, 'nodes'>
  readonly draining: () => boolean
}

/** The names of the nodes that all others know of by now, but for those that are about to stop. */
export function settledNodes({
  config,
  clock,
  name,
  registration,
  draining,
}: SettledNodesParts): readonly string[] {
  if (config.redis.url === undefined) return [name]
  const latest = clock.now() - SETTLED_MS
  return registration.nodes
    .filter((node) => node.startedAt <= latest && node.status !== 'draining')
    .filter((node) => node.name !== name || !draining())
    .map((node) => node.name)
}
