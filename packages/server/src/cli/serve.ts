// One node in this process.
import type { Config } from '../foundation/config/schema.ts'
import { createNode } from '../node/node.ts'
import { announce, announceStop } from './announcement.ts'
import { stopOnSignals } from './signals.ts'

/** Serves until told to stop. @throws StartupError */
export async function serve(config: Config): Promise<void> {
  const node = await createNode(config)
  stopOnSignals(() => {
    announceStop()
    return node.stop()
  })
  try {
    announce({ address: await node.listen(), database: node.database, engine: node.engine }, config)
  } catch (error) {
    await node.stop()
    throw error
  }
}
