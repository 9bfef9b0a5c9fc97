// The data folder belongs to one node at a time: a lock file says to which, and one left by a crash is recognised.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, startMark } from '../../foundation/processes.ts'
import { StartupError } from '../../foundation/startupError.ts'

const LOCK = 'nowcast.lock'
const ATTEMPTS = 3

/**
 * Takes the data folder for this process, made when missing.
 * @returns gives it back
 * @throws StartupError when another node has it, or it can't be written
 */
export function lockDataFolder(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true })
  } catch (cause) {
    throw unusable(dataDir, cause)
  }
  const path = join(dataDir, LOCK)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (take(path, dataDir)) return () => rmSync(path, { force: true })
    const holder = readHolder(path)
    if (holder !== undefined && isSame(holder)) {
      throw new StartupError(
        `Nowcast runs on the data in ${dataDir} already (process ${holder.pid}). Stop it, or choose another folder with --data.`,
      )
    }
    rmSync(path, { force: true })
  }
  throw new StartupError(`The lock of the data folder ${dataDir} can't be taken.`)
}

interface Holder {
  readonly pid: number
  readonly mark: string
}

function take(path: string, dataDir: string): boolean {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, `${process.pid}\n${startMark(process.pid) ?? ''}\n`)
    closeSync(file)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unusable(dataDir, cause)
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid = '', mark = ''] = readFileSync(path, 'utf8').split('\n')
    return { pid: Number(pid), mark }
  } catch {
    return undefined
  }
}

/** The id of a process that ended may have been given to another since. */
function isSame({ pid, mark }: Holder): boolean {
  return isAlive(pid) && (mark === '' || startMark(pid) === undefined || startMark(pid) === mark)
}

function unusable(dataDir: string, cause: unknown): StartupError {
  const code = (cause as NodeJS.ErrnoException).code
  const reason =
    {
      EACCES: 'this user may not write there',
      EROFS: 'it is read-only',
      ENOSPC: 'the disk is full',
      ENOTDIR: 'it is no folder',
      EEXIST: 'it is no folder',
    }[code ?? ''] ?? String(cause)
  return new StartupError(`The data folder ${dataDir} can't be used: ${reason}.`, { cause })
}
