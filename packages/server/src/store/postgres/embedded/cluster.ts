// The files of an embedded PostgreSQL: made once, complete or not at all.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../../../foundation/startupError.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

/** Where an embedded PostgreSQL keeps its files. */
export interface Cluster {
  readonly folder: string
  readonly logFile: string
  readonly password: string
}

/** The database's one user. */
export const DATABASE_USER = 'nowcast'

/** @throws StartupError when the files can't be made */
export async function prepareCluster(
  dataDir: string,
  binaries: Binaries,
  account: Account,
): Promise<Cluster> {
  const folder = join(dataDir, 'postgres')
  const password = readPassword(dataDir)
  if (!existsSync(folder)) await initialise(folder, dataDir, password, binaries, account)
  return { folder, logFile: join(dataDir, 'postgres.log'), password }
}

/** The files that are there; undefined before they were made. */
export function findCluster(dataDir: string): Cluster | undefined {
  const folder = join(dataDir, 'postgres')
  const isThere = existsSync(folder) && existsSync(passwordPath(dataDir))
  return isThere
    ? { folder, logFile: join(dataDir, 'postgres.log'), password: readPassword(dataDir) }
    : undefined
}

const passwordPath = (dataDir: string): string => join(dataDir, 'postgres.password')

function readPassword(dataDir: string): string {
  const path = passwordPath(dataDir)
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const password = randomBytes(24).toString('hex')
  writeFileSync(path, `${password}\n`, { mode: 0o600 })
  return password
}

// Made beside its final place and then renamed: an interrupted attempt leaves nothing that looks complete.
async function initialise(
  folder: string,
  dataDir: string,
  password: string,
  binaries: Binaries,
  account: Account,
): Promise<void> {
  const unfinished = `${folder}.unfinished`
  const passwordFile = join(dataDir, 'postgres.password.once')
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account.uid !== undefined && account.gid !== undefined) {
    chownSync(unfinished, account.uid, account.gid)
    chownSync(passwordFile, account.uid, account.gid)
  }
  try {
    await runInitdb(unfinished, passwordFile, binaries, account)
    renameSync(unfinished, folder)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

async function runInitdb(
  folder: string,
  passwordFile: string,
  binaries: Binaries,
  account: Account,
): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
  ]
  const initdb = spawn(binaries.initdb, args, {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  initdb.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code] = await once(initdb, 'close')
  if (code === 0) return
  const reason =
    output
      .trim()
      .split('\n')
      .filter((line) => line.includes('error'))
      .at(-1) ?? output.trim().split('\n').at(-1)
  throw new StartupError(
    `The embedded PostgreSQL can't be set up in ${folder}: ${reason ?? 'no reason was given'}`,
  )
}
