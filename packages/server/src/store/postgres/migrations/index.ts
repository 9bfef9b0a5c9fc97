// The migrations, in order, inside the program: nothing is read from disk.
import { type Kysely, type Migration, Migrator } from 'kysely'
import { StartupError } from '../../../foundation/startupError.ts'
import type { Tables } from '../tables.ts'
import { up as conversations } from './001_conversations.ts'
import { up as people } from './002_people.ts'
import { up as sending } from './003_sending.ts'
import { up as apps } from './004_apps.ts'

const migrations: Readonly<Record<string, Migration>> = {
  '001_conversations': { up: conversations },
  '002_people': { up: people },
  '003_sending': { up: sending },
  '004_apps': { up: apps },
}

/**
 * Brings the database to this version. Several nodes may start at once: one migrates, the others wait for it.
 * @throws StartupError when the database can't be migrated
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: 'nowcast',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const reason = error instanceof Error ? error.message : String(error)
  throw new StartupError(`The database can't be brought to this version: ${reason}`, { cause: error })
}
