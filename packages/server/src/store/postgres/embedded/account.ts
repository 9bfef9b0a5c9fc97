// PostgreSQL refuses to run as root; then it runs as a user of its own.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { StartupError } from '../../../foundation/startupError.ts'

/** Whom PostgreSQL runs as; empty for this process's own user. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

const NAME = 'postgres'

/** @throws StartupError when this is root and no other user can be had */
export function findAccount(): Account {
  if (process.getuid?.() !== 0) return {}
  if (idOf('-u') === undefined) {
    spawnSync('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      NAME,
    ])
  }
  const uid = idOf('-u')
  const gid = idOf('-g')
  if (uid !== undefined && gid !== undefined) return { uid, gid }
  throw new StartupError(
    `PostgreSQL does not run as root, and the user "${NAME}" could not be made. Start Nowcast as another user.`,
  )
}

/** The outermost folder on the way to `path` that the account may not enter, or undefined. */
export function closedFolder(account: Account, path: string): string | undefined {
  if (account.uid === undefined) return undefined
  const folders: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder)
    if (folder === dirname(folder)) break
  }
  return folders.find((folder) => spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], account).status !== 0)
}

function idOf(flag: '-u' | '-g'): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, NAME], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : undefined
}
