// Searches may be slow: they never take more than a share of the connections, and only so many wait.
import { type MessagePage, NowcastError } from '@nowcast/protocol'
import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from 'cockatiel'
import type { Database } from './database.ts'
import { searchMessages } from './reading.ts'

const SEARCH_SHARE = 0.25
const MAX_WAITING = 50
const RETRY_MS = 500

/** The searches of one node. */
export class Searches {
  readonly #database: Database
  readonly #policy: BulkheadPolicy

  /** @param connections those of the database, at the most */
  constructor(database: Database, connections: number) {
    this.#database = database
    this.#policy = bulkhead(Math.max(1, Math.floor(connections * SEARCH_SHARE)), MAX_WAITING)
  }

  /** Messages that contain a text, newest first. @throws NowcastError `unavailable` when too many search */
  async search(
    app: string,
    user: string,
    search: { readonly query: string; readonly conversation?: string; readonly limit: number },
  ): Promise<MessagePage> {
    try {
      return await this.#policy.execute(() => searchMessages(this.#database, app, user, search))
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error
      throw new NowcastError('unavailable', 'Too many searches are under way.', { retryAfterMs: RETRY_MS })
    }
  }
}
