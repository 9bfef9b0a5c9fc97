// The process that watches over workers: it has the embedded database where there is one, and no clients of its own.
import type { Config } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { StartupError } from '../foundation/startupError.ts'
import { openDatabase } from '../node/database.ts'
import { describeEngine } from '../node/engine.ts'
import { announce, announceStop } from './announcement.ts'
import { tellParent } from './parent.ts'
import { stopOnSignals } from './signals.ts'
import { Workers } from './workers.ts'

const say = (sentence: string) => process.stdout.write(`  ${sentence}\n`)

/** Serves with several processes until told to stop. @throws StartupError */
export async function superviseWorkers(config: Config, count: number): Promise<void> {
  if (config.redis.url === undefined) {
    throw new StartupError('Several workers share what they do through Redis: give its address with --redis.')
  }
  const engine = describeEngine(config)
  const database = await openDatabase(config, createLogger(config.logLevel))
  const workers = new Workers({ NOWCAST_DATABASE_URL: database.url }, say)
  const stop = async () => {
    await workers.stop()
    await database.close()
  }
  stopOnSignals(() => {
    announceStop()
    return stop()
  })
  process.on('exit', () => workers.kill())
  process.on('SIGHUP', () => void workers.replace())
  try {
    const address = await workers.start(count)
    announce({ address, database: database.description, engine, workers: count }, config)
    tellParent({ address, databaseUrl: database.url }, config)
  } catch (error) {
    await stop()
    throw new StartupError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
