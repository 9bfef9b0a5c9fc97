// What runs inside Redis, atomically.
import { cacheDelete, cacheGet, cacheSet, cacheSetNewest } from './caches.ts'
import { takeLimit } from './limits.ts'
import { presence } from './presence.ts'
import { publish, read } from './publishing.ts'
import { queuePush, queueSize, queueTake } from './queues.ts'
import { registry } from './registry.ts'

/** The scripts, by name. */
export const scripts = {
  publish,
  read,
  presence,
  takeLimit,
  cacheGet,
  cacheSet,
  cacheSetNewest,
  cacheDelete,
  queuePush,
  queueTake,
  queueSize,
  registry,
} as const

/** The name of a script. */
export type ScriptName = keyof typeof scripts
