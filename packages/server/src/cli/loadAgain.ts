// The apps of the configuration are read again when the operator says so; a mistake changes nothing.
import type { Config } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { StartupError } from '../foundation/startupError.ts'
import type { Node } from '../node/node.ts'

/** On each SIGHUP the node gets the apps that the configuration has by then. @param load reads all its sources */
export function reloadOnSignal(
  node: Pick<Node, 'reload'>,
  load: () => Promise<Config>,
  logLevel: string,
): void {
  const log = createLogger(logLevel)
  const reload = async () => {
    try {
      node.reload(await load())
      log.info('the apps of the configuration were read again')
    } catch (error) {
      if (error instanceof StartupError) log.error(`The apps stay as they were. ${error.message}`)
      else log.error({ error }, 'The apps stay as they were: the configuration could not be read again.')
    }
  }
  let reloading = Promise.resolve()
  process.on('SIGHUP', () => {
    reloading = reloading.then(reload)
  })
}
