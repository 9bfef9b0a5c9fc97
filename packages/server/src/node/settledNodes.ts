// Among which nodes work is shared.
import type { NodeParts } from './parts.ts'
import type { Registration } from './registration.ts'

/** By then every node has read the registry once more. */
const SETTLED_MS = 3_000

/** What it is found out from. */
export type SettledNodesParts = Pick<NodeParts, 'config' | 'clock' | 'name'> & {
  readonly registration: Pick<Registration, 'nodes'>
  readonly draining: () => boolean
}

/** The nodes that all others know of by now, but for those that are about to stop. */
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
