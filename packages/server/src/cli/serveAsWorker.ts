// One node in this process, on the port that it shares with other workers, told by the process that watches over it.
import type { Config } from '../foundation/config/schema.ts'
import { createNode } from '../node/node.ts'
import { stopOnSignals } from './signals.ts'
import type { WorkerReport } from './workers.ts'

const report = (told: WorkerReport) => process.send?.(told)

/** Serves until told to stop, or until the watching process is gone. */
export async function serveAsWorker(config: Config): Promise<void> {
  // Ctrl-C reaches every process of the terminal; the watching one passes it on in its own way.
  process.on('SIGINT', () => {})
  const node = await createNode(config).catch((error: unknown) => {
    report({ kind: 'failed', text: error instanceof Error ? error.message : String(error) })
    throw error
  })
  stopOnSignals(() => node.stop(), ['SIGTERM'])
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  report({ kind: 'serving', text: await node.listen() })
}
