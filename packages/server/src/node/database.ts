// Which database a node uses: the configured one, or an embedded one of its own.
import { resolve } from 'node:path'
import { systemClock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import type { AppStore } from '../store/appStore.ts'
import { openApps } from '../store/postgres/apps.ts'
import type { DatabaseOptions } from '../store/postgres/database.ts'
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
export function createStore(config: Config, url: string, log: Logger): PostgresStore {
  return new PostgresStore(storeOptions(config, url), systemClock, log)
}

function storeOptions({ database }: Config, url: string): DatabaseOptions {
  const { pool, statementTimeout, idleTimeout } = database
  return { url, pool, statementTimeoutMs: statementTimeout, idleTimeoutMs: idleTimeout }
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

/**
 * The database of a configuration, for one who only looks in: that of a server that runs, or else it is started.
 * @throws StartupError when it can't be used
 */
export async function findDatabase(config: Config, log: Logger): Promise<Pick<Database, 'url' | 'close'>> {
  if (config.database.url !== undefined) return openDatabase(config, log)
  const url = await EmbeddedPostgres.find(resolve(config.dataDir))
  return url === undefined ? openDatabase(config, log) : { url, close: async () => {} }
}

/** The apps of a database, brought to this version first. @throws StartupError when it can't be used */
export function openAppStore(
  config: Config,
  url: string,
  log: Logger,
): Promise<{ readonly store: AppStore; close(): Promise<void> }> {
  return openApps(storeOptions(config, url), log)
}
