// Where the embedded PostgreSQL's files go. Normally the data folder; but the user that PostgreSQL runs as under
// root may not be able to get there (a clone below /root, say), and then everything it needs lives in /var/lib.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StartupError } from '../../../foundation/startupError.ts'
import { type Account, closedFolder } from './account.ts'
import type { Binaries } from './binaries.ts'

const SHARED_PLACE = '/var/lib/nowcast'

/** The folder for an embedded PostgreSQL's files, and its programs. */
export interface Placement {
  readonly folder: string
  readonly binaries: Binaries
}

/**
 * Finds a place that the account can reach.
 * @throws StartupError when there is none
 */
export function findPlacement(dataDir: string, binaries: Binaries, account: Account): Placement {
  const reachable = (path: string) => closedFolder(account, path) === undefined
  try {
    return {
      folder: reachable(dataDir) ? dataDir : sharedFolder(dataDir),
      binaries: reachable(dirname(binaries.postgres)) ? binaries : copyPrograms(binaries),
    }
  } catch (cause) {
    const closed = closedFolder(account, dataDir) ?? closedFolder(account, dirname(binaries.postgres))
    throw new StartupError(
      `PostgreSQL does not run as root but as the user "postgres", who may not enter ${closed}. ` +
        `Allow it with "chmod o+x ${closed}", or start Nowcast as another user.`,
      { cause },
    )
  }
}

/** One folder for each data folder, always the same. */
function sharedFolder(dataDir: string): string {
  const folder = join(SHARED_PLACE, `data-${shortHash(dataDir)}`)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}

function copyPrograms(binaries: Binaries): Binaries {
  const source = dirname(dirname(binaries.postgres))
  const target = join(SHARED_PLACE, `postgres-${shortHash(source)}`)
  if (!existsSync(target)) {
    const unfinished = `${target}.${process.pid}`
    mkdirSync(SHARED_PLACE, { recursive: true, mode: 0o755 })
    cpSync(source, unfinished, { recursive: true, dereference: true })
    try {
      renameSync(unfinished, target)
    } catch (error) {
      // Another node may have copied them at the same time.
      rmSync(unfinished, { recursive: true, force: true })
      if (!existsSync(target)) throw error
    }
  }
  const program = (path: string) => join(target, 'bin', basename(path))
  return { initdb: program(binaries.initdb), postgres: program(binaries.postgres) }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)
