// The pool of connections, typed queries over it, and what its failures mean to a caller.
import { NowcastError } from '@nowcast/protocol'
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Logger } from '../../foundation/log.ts'
import { StartupError } from '../../foundation/startupError.ts'
import type { Tables } from './tables.ts'

/** How the database is reached. */
export interface DatabaseOptions {
  readonly url: string
  /** Connections at most. */
  readonly pool: number
  readonly statementTimeoutMs: number
  readonly idleTimeoutMs: number
}

const CONNECT_TIMEOUT_MS = 3_000
// The database itself ends a statement that takes too long; only over a link that fell silent no word of it comes.
const SILENCE_AFTER_TIMEOUT_MS = 1_000
const BREAKER_FAILURES = 5
const BREAKER_OPEN_MS = 500
const INT8 = 20
const INT8_ARRAY = 1016
// SQLSTATE: the statement took longer than it may. Its own fault, or that of what it waited for: others go on.
const STATEMENT_TIMEOUT = '57014'
// SQLSTATE: a character that the encoding does not have, or a JSON text that has one.
const UNSTORABLE_TEXT = new Set(['22021', '22P05'])

/** Settings of every connection. */
export function connectionSettings(
  options: Pick<DatabaseOptions, 'url' | 'statementTimeoutMs'>,
): pg.ClientConfig {
  return {
    connectionString: options.url,
    application_name: 'nowcast',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_AFTER_TIMEOUT_MS,
    keepAlive: true,
    types: {
      // Offsets and keys stay far below 2^53.
      getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
        if (oid === INT8) return Number
        const parse = pg.types.getTypeParser(oid, format)
        return oid === INT8_ARRAY ? (text: string) => parse(text).map(Number) : parse
      }) as typeof pg.types.getTypeParser,
    },
  }
}

/** The database: queries that fail fast and clearly while it is out of reach. */
export class Database {
  readonly pool: pg.Pool
  readonly queries: Kysely<Tables>
  readonly #breaker: CircuitBreakerPolicy

  constructor(options: DatabaseOptions, log: Logger) {
    this.pool = new pg.Pool({
      ...connectionSettings(options),
      max: options.pool,
      idleTimeoutMillis: options.idleTimeoutMs,
    })
    // An idle connection that breaks is replaced when the next one is needed.
    this.pool.on('error', ({ message }) =>
      log.debug({ reason: message }, 'an idle database connection ended'),
    )
    // One that breaks while it is in use tells so twice: the query fails, and without a listener the process would end.
    this.pool.on('connect', (client) => client.on('error', () => {}))
    this.queries = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: this.pool }) })
    this.#breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: BREAKER_OPEN_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    })
    this.#breaker.onBreak(() =>
      log.error('the database is out of reach; what needs it is refused until it is back'),
    )
    this.#breaker.onReset(() => log.info('the database is back'))
  }

  /**
   * Runs queries.
   * @throws NowcastError `unavailable` while the database is out of reach, or when a statement takes too long; whatever
   * the queries throw otherwise
   */
  async run<T>(work: (queries: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#breaker.execute(() => work(this.queries))
    } catch (error) {
      throw translate(error)
    }
  }

  /** Runs queries in one transaction. @throws NowcastError like `run` */
  transaction<T>(work: (queries: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.run((queries) => queries.transaction().execute(work))
  }

  /** Asks the database for a sign of life; milliseconds until it came. */
  async ping(): Promise<number> {
    const startedAt = performance.now()
    await sql`select 1`.execute(this.queries)
    return performance.now() - startedAt
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.queries.destroy()
  }
}

/** True when the database could not do its work at all, rather than refuse it. */
export function isOutage(error: Error): boolean {
  const code = (error as { readonly code?: unknown }).code
  if (typeof code !== 'string') return /connection|terminat|timeout/i.test(error.message)
  if (code === STATEMENT_TIMEOUT) return false
  // Class 08: connection, 53: resources, 57: operator intervention, 58: system.
  return /^(08|53|57|58)/.test(code) || /^E[A-Z]+$/.test(code)
}

function translate(error: unknown): unknown {
  if (error instanceof NowcastError) return error
  if (error instanceof BrokenCircuitError || (error instanceof Error && isOutage(error))) {
    return new NowcastError('unavailable', 'The database is out of reach.', {
      retryAfterMs: BREAKER_OPEN_MS,
      cause: error,
    })
  }
  const code = String((error as { readonly code?: unknown } | undefined)?.code)
  if (code === STATEMENT_TIMEOUT) {
    return new NowcastError('unavailable', 'The database took too long.', {
      retryAfterMs: BREAKER_OPEN_MS,
      cause: error,
    })
  }
  if (UNSTORABLE_TEXT.has(code)) {
    return new NowcastError('invalid_command', 'The text holds characters that can not be stored.', {
      cause: error,
    })
  }
  return error
}

/** Why nothing can begin without the database. */
export function unreachable(url: string, cause: unknown): StartupError {
  const { hostname, port, pathname } = new URL(url)
  const place = `${hostname || 'localhost'}:${port || '5432'}${pathname}`
  const reason = cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause)
  return new StartupError(`The database at ${place} can't be used: ${reason}.`, { cause })
}
