// How the database is now, as /health shows it.
import type { StoreHealth } from '../store.ts'
import type { Database } from './database.ts'

const TIMEOUT_MS = 2_000

/** Asks the database for a sign of life. */
export async function readHealth(database: Database): Promise<StoreHealth> {
  const { totalCount, idleCount, waitingCount } = database.pool
  const pool = { total: totalCount, idle: idleCount, waiting: waitingCount }
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('No answer in time.')), TIMEOUT_MS)
  })
  try {
    const latencyMs = await Promise.race([database.ping(), tooLate])
    return { status: 'up', latencyMs: Math.round(latencyMs * 100) / 100, pool }
  } catch (error) {
    return { status: 'down', error: error instanceof Error ? error.message : String(error), pool }
  } finally {
    clearTimeout(timer)
  }
}
