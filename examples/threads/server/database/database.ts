// The pool of connections and the typed queries over it.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { migrate, SCHEMA } from './migrations.ts'
import { seed } from './seed.ts'
import type { Tables } from './tables.ts'

/** Typed queries: over the pool, or inside of one transaction. */
export type Queries = Kysely<Tables>

const POOL = 10
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 5_000

/**
 * Opens the database, brings it to this version, and fills it when it is new.
 * @param url address of a PostgreSQL
 */
export async function openDatabase(url: string): Promise<Queries> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'threads',
    max: POOL,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  })
  // A connection that breaks is replaced when the next one is needed; without listeners the process would end.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const plain = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(plain)
    const queries = plain.withSchema(SCHEMA)
    await seed(queries)
    return queries
  } catch (error) {
    await plain.destroy()
    throw error
  }
}

// SQLSTATE classes 08: connection, 53: resources, 57: operator intervention, 58: system; or a socket's own error.
const OUTAGE = /^(08|53|57|58)|^E[A-Z]+$/

/** True when the database could not do its work at all, rather than refuse it. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string'
    ? OUTAGE.test(code)
    : /connection terminated|timeout exceeded/i.test(error.message)
}
