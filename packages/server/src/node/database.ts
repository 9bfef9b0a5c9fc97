// Which database a node uses: the configured one, or an embedded one of its own.
import { resolve } from 'node:path'
import { systemClock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import { lockDataFolder } from '../store/postgres/dataFolder.ts'
import { EmbeddedPostgres } from '../store/postgres/embedded/embeddedPostgres.ts'
import { PostgresStore } from '../store/postgres/postgresStore.ts'
import type { Store } from '../store/store.ts'

/** The store, and what has to be closed after it. */
export interface Database {
  readonly store: Store
  /** Where it is, for people; holds no password. */
  readonly description: string
  close(): Promise<void>
}

/** @throws StartupError when the data folder or the embedded database can't be used */
export async function openDatabase({ database, dataDir }: Config, log: Logger): Promise<Database> {
  const { url, pool, statementTimeout, idleTimeout } = database
  const open = (address: string) =>
    new PostgresStore(
      { url: address, pool, statementTimeoutMs: statementTimeout, idleTimeoutMs: idleTimeout },
      systemClock,
      log,
    )
  if (url !== undefined) {
    const { host, pathname } = new URL(url)
    return { store: open(url), description: `PostgreSQL at ${host}${pathname}`, close: async () => {} }
  }
  const folder = resolve(dataDir)
  const unlock = lockDataFolder(folder)
  try {
    const embedded = await EmbeddedPostgres.start(folder, systemClock, log)
    return {
      store: open(embedded.url),
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
