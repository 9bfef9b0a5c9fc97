// Starts the bench's processes, and stops them whatever happens in between.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  ContestantName,
  DatabaseProcess,
  LoadProcess,
  PresenceProcess,
  RedisProcess,
  ServerProcess,
} from './contracts.ts'
import { Remote } from './remote.ts'

/** Where profiles are written. */
export const PROFILE_DIRECTORY = fileURLToPath(new URL('../../results/profiles', import.meta.url))

const PROFILING = ['--cpu-prof', `--cpu-prof-dir=${PROFILE_DIRECTORY}`]
const START_MS = 60_000
const STOP_MS = 30_000

const scripts: Readonly<Record<ContestantName, string>> = {
  floor: 'servers/floor',
  ws: 'servers/ws',
  'socket.io': 'servers/socketio',
  nowcast: 'servers/nowcast',
  pusher: 'servers/nowcast',
  http: 'servers/http',
}

/** A contestant that listens, and the load process that is about to connect to it. */
export interface Stage {
  readonly contestant: ContestantName
  readonly server: Remote<ServerProcess>
  readonly load: Remote<LoadProcess>
  readonly port: number
}

/** How a contestant is started. */
export interface StageOptions {
  /** Take a CPU profile, when it is Nowcast. */
  readonly profile: boolean
}

/**
 * Runs `act` with a fresh contestant and a fresh load process; both are gone afterwards.
 * @throws Error when either does not start, or what `act` throws
 */
export function onStage<R>(
  contestant: ContestantName,
  { profile }: StageOptions,
  act: (stage: Stage) => Promise<R>,
): Promise<R> {
  return withFolder(async (dataDir) => {
    const server = startServer(contestant, profile)
    const load = startLoad(contestant)
    try {
      const { port } = await server.call('listen', START_MS, { dataDir })
      const result = await act({ contestant, server, load, port })
      await load.stop()
      await server.call('close', STOP_MS)
      return result
    } finally {
      await Promise.all([load.stop(), server.stop()])
    }
  })
}

/** A contestant's process. @param profile take a CPU profile, when it is Nowcast */
export function startServer(contestant: ContestantName, profile: boolean): Remote<ServerProcess> {
  const profiling = profile && (contestant === 'nowcast' || contestant === 'pusher') ? PROFILING : []
  return new Remote<ServerProcess>(contestant, scripts[contestant], ['--expose-gc', ...profiling])
}

/** The process of an engine of Nowcast, for presence. @param profile take a CPU profile */
export function startPresence(profile: boolean): Remote<PresenceProcess> {
  return new Remote<PresenceProcess>('presence', 'servers/presence', profile ? PROFILING : [])
}

/** A load process. @param contestant names it in errors */
export function startLoad(contestant: string): Remote<LoadProcess> {
  return new Remote<LoadProcess>(`load on ${contestant}`, 'load/main')
}

/** The process of a Redis that nodes can share. */
export function startRedis(): Remote<RedisProcess> {
  return new Remote<RedisProcess>('Redis', 'servers/redis')
}

/**
 * Runs `act` with a PostgreSQL that nodes can share; it is gone afterwards.
 * @throws Error when it does not start, or what `act` throws
 */
export function withDatabase<R>(act: (url: string) => Promise<R>): Promise<R> {
  return withFolder(async (dataDir) => {
    const database = new Remote<DatabaseProcess>('database', 'servers/database')
    try {
      const { url } = await database.call('start', START_MS, { dataDir })
      return await act(url)
    } finally {
      await database.stop()
    }
  })
}

/** Runs `act` with a folder for data that does not exist yet; it is removed afterwards. */
export async function withFolder<R>(act: (dataDir: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  try {
    // As root, PostgreSQL runs as another user, who must be able to pass.
    await chmod(folder, 0o711)
    return await act(join(folder, 'data'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
