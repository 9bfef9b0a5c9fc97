// One running PostgreSQL: found when a crash of ours left it behind, else started; watched, and ended.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { commandLine, isAlive, sendSignal } from '../../../foundation/processes.ts'
import { StartupError } from '../../../foundation/startupError.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { type Cluster, DATABASE_USER } from './cluster.ts'

const START_TIMEOUT_MS = 60_000
const ADOPT_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 40
const MAX_LOG_BYTES = 20_000_000

/** A PostgreSQL that accepts connections. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
}

/** Address of the database behind a port of this machine. */
export function addressOf(cluster: Cluster, port: number): string {
  return `postgres://${DATABASE_USER}:${cluster.password}@127.0.0.1:${port}/postgres`
}

/**
 * The PostgreSQL that runs on the cluster's files already, if one does. One that does not answer is ended, and what
 * one that is gone left behind is removed.
 */
export async function adoptPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const path = pidFile(cluster)
  const postmaster = readPidFile(cluster)
  if (postmaster === undefined) return undefined
  const runs = runsOn(cluster, postmaster.pid)
  if (runs !== 'no') {
    if (postmaster.port > 0 && (await answers(cluster, postmaster, ADOPT_TIMEOUT_MS))) return postmaster
    // Where the system does not say what a process is, PostgreSQL itself decides when it starts.
    if (runs === 'unknown') return undefined
    await endPostmaster(postmaster.pid, 'SIGQUIT')
  }
  rmSync(path, { force: true })
  return undefined
}

/** The PostgreSQL that runs on the cluster's files and answers, if one does; nothing is changed. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const postmaster = readPidFile(cluster)
  if (postmaster === undefined || !(postmaster.port > 0)) return undefined
  if (runsOn(cluster, postmaster.pid) === 'no') return undefined
  return (await answers(cluster, postmaster, ADOPT_TIMEOUT_MS)) ? postmaster : undefined
}

const pidFile = ({ folder }: Cluster): string => join(folder, 'postmaster.pid')

/** What PostgreSQL wrote of itself; it may be gone, and its id be another's by now. */
function readPidFile(cluster: Cluster): Postmaster | undefined {
  let text: string
  try {
    text = readFileSync(pidFile(cluster), 'utf8')
  } catch {
    return undefined
  }
  const lines = text.split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** Whether a process is a PostgreSQL on the cluster's files. The file may be damaged, and an id be another's by now. */
function runsOn(cluster: Cluster, pid: number): 'yes' | 'no' | 'unknown' {
  if (pid === 1 || !isAlive(pid)) return 'no'
  const command = commandLine(pid)
  if (command === undefined) return 'unknown'
  return command.includes(` -D ${cluster.folder} `) ? 'yes' : 'no'
}

/** @throws StartupError with PostgreSQL's own reason when it does not come up */
export async function startPostmaster(
  cluster: Cluster,
  port: number,
  binaries: Binaries,
  account: Account,
): Promise<Postmaster> {
  if (existsSync(cluster.logFile) && statSync(cluster.logFile).size > MAX_LOG_BYTES)
    truncateSync(cluster.logFile)
  const log = openSync(cluster.logFile, 'a')
  const logStart = statSync(cluster.logFile).size
  // In a process group of its own, so that Ctrl-C in the terminal does not end it before our clients have moved on.
  const child = spawn(binaries.postgres, ['-D', cluster.folder, ...settings(port)], {
    ...account,
    cwd: cluster.folder,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  if (
    child.pid !== undefined &&
    (await answers(cluster, { pid: child.pid, port }, START_TIMEOUT_MS, () => child.exitCode === null))
  ) {
    return { pid: child.pid, port }
  }
  const said = readFileSync(cluster.logFile).subarray(logStart).toString().trim().split('\n')
  const reason = said.find((line) => /FATAL|PANIC/.test(line)) ?? said.at(-1)
  throw new StartupError(
    `The embedded PostgreSQL does not start: ${reason ?? 'it gave no reason'} (see ${cluster.logFile})`,
  )
}

/** Ends a PostgreSQL: `SIGINT` rolls back what is open and writes everything; `SIGQUIT` leaves that to the next start. */
export async function endPostmaster(pid: number, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (!isAlive(pid)) return
  sendSignal(pid, signal)
  if (await eventually(() => !isAlive(pid), STOP_TIMEOUT_MS)) return
  sendSignal(pid, 'SIGQUIT')
  await eventually(() => !isAlive(pid), STOP_TIMEOUT_MS)
}

function settings(port: number): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    wal_level: 'logical',
    max_wal_senders: 8,
    max_replication_slots: 8,
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    jit: 'off',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function answers(
  cluster: Cluster,
  { pid, port }: Postmaster,
  timeoutMs: number,
  running = () => isAlive(pid),
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (running() && Date.now() < deadline) {
    const client = new pg.Client({
      connectionString: addressOf(cluster, port),
      connectionTimeoutMillis: 2_000,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

async function eventually(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return true
}
