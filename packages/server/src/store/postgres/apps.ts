// The apps of the database.
import { sql } from 'kysely'
import type { Logger } from '../../foundation/log.ts'
import type { AppStore, StoredApp, StoredKey } from '../appStore.ts'
import { Database, type DatabaseOptions, unreachable } from './database.ts'
import { migrate } from './migrations/index.ts'

// SQLSTATE: the id or the key is taken.
const UNIQUE_VIOLATION = '23505'

/** Keeps apps in PostgreSQL. */
export class PostgresApps implements AppStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(limit: number): Promise<readonly StoredApp[]> {
    return this.#database.run(async (queries) => {
      const apps = await queries
        .selectFrom('nowcast.apps')
        .select(['id', 'name', 'enabled', 'policies'])
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
        .execute()
      const keys = await queries
        .selectFrom('nowcast.app_keys')
        .select(['app', 'key', 'secret'])
        .where('retired_at', 'is', null)
        .orderBy('created_at')
        .orderBy('key')
        .execute()
      const byApp = new Map<string, StoredKey[]>()
      for (const { app, key, secret } of keys) {
        const pairs = byApp.get(app)
        if (pairs === undefined) byApp.set(app, [{ key, secret }])
        else pairs.push({ key, secret })
      }
      return apps.map((app) => ({ ...app, keys: byApp.get(app.id) ?? [] }))
    })
  }

  async create(
    { id, name }: { readonly id: string; readonly name: string },
    pair: StoredKey,
  ): Promise<boolean> {
    try {
      await this.#database.transaction(async (queries) => {
        await queries.insertInto('nowcast.apps').values({ id, name }).execute()
        await queries
          .insertInto('nowcast.app_keys')
          .values({ app: id, ...pair })
          .execute()
      })
      return true
    } catch (error) {
      if (codeOf(error) === UNIQUE_VIOLATION) return false
      throw error
    }
  }

  addKey(app: string, pair: StoredKey): Promise<boolean> {
    return this.#database.transaction(async (queries) => {
      const found = await queries
        .selectFrom('nowcast.apps')
        .select('id')
        .where('id', '=', app)
        .forUpdate()
        .executeTakeFirst()
      if (found === undefined) return false
      await queries
        .insertInto('nowcast.app_keys')
        .values({ app, ...pair })
        .execute()
      return true
    })
  }

  retireKey(app: string, key: string): Promise<'retired' | 'unknown' | 'last'> {
    return this.#database.transaction(async (queries) => {
      // Two that retire the last two at once must not both succeed.
      await queries.selectFrom('nowcast.apps').select('id').where('id', '=', app).forUpdate().execute()
      const held = await queries
        .selectFrom('nowcast.app_keys')
        .select('key')
        .where('app', '=', app)
        .where('retired_at', 'is', null)
        .execute()
      if (!held.some((pair) => pair.key === key)) return 'unknown'
      if (held.length === 1) return 'last'
      await queries
        .updateTable('nowcast.app_keys')
        .set({ retired_at: sql<Date>`now()` })
        .where('key', '=', key)
        .execute()
      return 'retired'
    })
  }

  async setEnabled(app: string, enabled: boolean): Promise<boolean> {
    const updated = await this.#database.run((queries) =>
      queries.updateTable('nowcast.apps').set({ enabled }).where('id', '=', app).executeTakeFirst(),
    )
    return updated.numUpdatedRows > 0n
  }
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | undefined)?.code

/**
 * The apps of a database alone, which is brought to this version first.
 * @throws StartupError when it can't be reached or brought to this version
 */
export async function openApps(
  options: DatabaseOptions,
  log: Logger,
): Promise<{ readonly store: AppStore; close(): Promise<void> }> {
  const database = new Database(options, log)
  try {
    await database.ping().catch((cause: unknown) => {
      throw unreachable(options.url, cause)
    })
    await migrate(database.queries)
  } catch (error) {
    await database.close()
    throw error
  }
  return { store: new PostgresApps(database), close: () => database.close() }
}
