// One node in this process.
import type { Config } from '../foundation/config/schema.ts'
import { createNode } from '../node/node.ts'
import { announce, announceStop } from './announcement.ts'
import { reloadOnSignal } from './loadAgain.ts'
import { tellParent } from './parent.ts'
import { stopOnSignals } from './signals.ts'

/** Serves until told to stop. @param load reads the configuration again @throws StartupError */
export async function serve(config: Config, load: () => Promise<Config>): Promise<void> {
  const node = await createNode(config)
  stopOnSignals(() => {
    announceStop()
    return node.stop()
  })
  reloadOnSignal(node, load, config.logLevel)
  try {
    const address = await node.listen()
    announce({ address, database: node.database, engine: node.engine }, config)
    tellParent({ address, databaseUrl: node.databaseUrl }, config)
  } catch (error) {
    await node.stop()
    throw error
  }
}
