// Among which nodes work is shared.
import type { AppParts } from './appParts.ts'

/** By then every node has read the registry once more. */
const SETTLED_MS = 3_000

/** The nodes that all others know of by now, but for those that are about to stop. */
export function settledNodes({
  config,
  clock,
  name,
  registration,
  standing,
}: Pick<AppParts, 'config' | 'clock' | 'name' | 'registration' | 'standing'>): readonly string[] {
  if (config.redis.url === undefined) return [name]
  const latest = clock.now() - SETTLED_MS
  return registration.nodes
    .filter((node) => node.startedAt <= latest && node.status !== 'draining')
    .filter((node) => node.name !== name || !standing.draining)
    .map((node) => node.name)
}
