// Starts the bench's processes, and stops them whatever happens in between.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ContestantName, LoadProcess, ServerProcess } from './contracts.ts'
import { Remote } from './remote.ts'

/** Where profiles are written. */
export const PROFILE_DIRECTORY = fileURLToPath(new URL('../../results/profiles', import.meta.url))

const START_MS = 60_000
const STOP_MS = 30_000

const scripts: Readonly<Record<ContestantName, string>> = {
  floor: 'servers/floor',
  ws: 'servers/ws',
  'socket.io': 'servers/socketio',
  nowcast: 'servers/nowcast',
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
export async function onStage<R>(
  contestant: ContestantName,
  { profile }: StageOptions,
  act: (stage: Stage) => Promise<R>,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  // As root, PostgreSQL runs as another user, who must be able to pass.
  await chmod(folder, 0o711)
  const dataDir = join(folder, 'data')
  const profiling =
    profile && contestant === 'nowcast' ? ['--cpu-prof', `--cpu-prof-dir=${PROFILE_DIRECTORY}`] : []
  const server = new Remote<ServerProcess>(contestant, scripts[contestant], ['--expose-gc', ...profiling])
  const load = new Remote<LoadProcess>(`load on ${contestant}`, 'load/main')
  try {
    const { port } = await server.call('listen', START_MS, { dataDir })
    const result = await act({ contestant, server, load, port })
    await load.stop()
    await server.call('close', STOP_MS)
    return result
  } finally {
    await Promise.all([load.stop(), server.stop()])
    await rm(folder, { recursive: true, force: true })
  }
}
