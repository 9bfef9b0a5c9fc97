// `nowcast start`: a node from the configuration, or several workers of them, until told to stop.
import cluster from 'node:cluster'
import { defineCommand } from 'citty'
import { type ConfigSources, loadConfig } from '../foundation/config/load.ts'
import { StartupError } from '../foundation/startupError.ts'
import { exitOnStartupError } from './failures.ts'
import { serve } from './serve.ts'
import { serveAsWorker } from './serveAsWorker.ts'
import { superviseWorkers } from './superviseWorkers.ts'

const MAX_WORKERS = 256

/** The `start` command. */
export const start = defineCommand({
  meta: { name: 'start', description: 'Start a node.' },
  args: {
    config: { type: 'string', description: 'Configuration file (default: nowcast.config.ts)' },
    host: { type: 'string', description: 'Address to serve on (default: 127.0.0.1)' },
    port: { type: 'string', description: 'Port to serve on (default: 4000)' },
    data: { type: 'string', description: 'Folder of the embedded database (default: .nowcast)' },
    database: { type: 'string', description: 'Use this PostgreSQL: postgres://user:password@host/name' },
    redis: { type: 'string', description: 'Share this Redis with other nodes: redis://host:6379' },
    workers: {
      type: 'string',
      description: 'Processes that serve the one port, e.g. one per core (default: 1)',
    },
    'log-level': { type: 'string', description: 'fatal, error, warn, info, debug, trace or silent' },
  },
  run: ({ args }) =>
    exitOnStartupError(async () => {
      const sources: ConfigSources = {
        directory: process.cwd(),
        environment: process.env,
        flags: {
          host: args.host,
          port: args.port,
          dataDir: args.data,
          'database.url': args.database,
          'redis.url': args.redis,
          logLevel: args['log-level'],
        },
        ...(args.config === undefined ? {} : { file: args.config }),
      }
      const config = await loadConfig(sources)
      const workers = parseWorkers(args.workers)
      if (cluster.isWorker) await serveAsWorker(config)
      else if (workers === 1) await serve(config, () => loadConfig(sources))
      else await superviseWorkers(config, workers)
    }),
})

function parseWorkers(text = '1'): number {
  const workers = Number(text)
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS) return workers
  throw new StartupError(`"${text}" is not a number of workers: 1 to ${MAX_WORKERS}.`)
}
