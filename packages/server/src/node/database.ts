// Which database a node uses: the configured one, or an embedded one of its own.
import { resolve } from 'node:path'
import { systemClock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import { lockDataFolder } from '../store/postgres/dataFolder.ts'
import { EmbeddedPostgres } from '../store/postgres/embedded/embeddedPostgres.ts'
import { PostgresStore } from '../store/postgres/postgresStore.ts'

/** A database, and what has to be closed after it. */
export interface Database {
  /** Its address; holds the password. */
  readonly url: string
  /** Where it is, for people; holds no password. */
  readonly description: string
  close(): Promise<void>
}

/** The store over a database, not started yet. */
export function createStore({ database }: Config, url: string, log: Logger): PostgresStore {
  const { pool, statementTimeout, idleTimeout } = database
  const options = { url, pool, statementTimeoutMs: statementTimeout, idleTimeoutMs: idleTimeout }
  return new PostgresStore(options, systemClock, log)
}

/** @throws StartupError when the data folder or the embedded database can't be used */
export async function openDatabase({ database, dataDir }: Config, log: Logger): Promise<Database> {
  const { url } = database
  if (url !== undefined) {
    const { host, pathname } = new URL(url)
    return { url, description: `PostgreSQL at ${host}${pathname}`, close: async () => {} }
  }
  const folder = resolve(dataDir)
  const unlock = lockDataFolder(folder)
  try {
    const embedded = await EmbeddedPostgres.start(folder, systemClock, log)
    return {
      url: embedded.url,
      description: embedded.description,
      async close() {
        try {
          await embedded.stop()
        } finally {
          unlock()
        }
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
