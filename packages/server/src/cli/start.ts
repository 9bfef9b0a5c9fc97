// `nowcast start`: a node from the configuration, until it is told to stop.
import { defineCommand } from 'citty'
import { loadConfig } from '../foundation/config/load.ts'
import type { Config } from '../foundation/config/schema.ts'
import { createNode, type Node } from '../node/node.ts'
import { isDevelopment } from '../node/production.ts'
import { exitOnStartupError } from './failures.ts'

/** The `start` command. */
export const start = defineCommand({
  meta: { name: 'start', description: 'Start a node.' },
  args: {
    config: { type: 'string', description: 'Configuration file (default: nowcast.config.ts)' },
    host: { type: 'string', description: 'Address to serve on (default: 127.0.0.1)' },
    port: { type: 'string', description: 'Port to serve on (default: 4000)' },
    data: { type: 'string', description: 'Folder of the embedded database (default: .nowcast)' },
    database: { type: 'string', description: 'Use this PostgreSQL: postgres://user:password@host/name' },
    'log-level': { type: 'string', description: 'fatal, error, warn, info, debug, trace or silent' },
  },
  run: ({ args }) =>
    exitOnStartupError(async () => {
      const config = await loadConfig({
        directory: process.cwd(),
        environment: process.env,
        flags: {
          host: args.host,
          port: args.port,
          dataDir: args.data,
          'database.url': args.database,
          logLevel: args['log-level'],
        },
        ...(args.config === undefined ? {} : { file: args.config }),
      })
      const node = await createNode(config)
      stopOnSignals(node)
      try {
        announce(await node.listen(), node, config)
      } catch (error) {
        await node.stop()
        throw error
      }
    }),
})

function announce(address: string, node: Node, config: Config): void {
  const lines = [
    ['Server', address],
    ['WebSocket', `${address.replace(/^http/, 'ws')}/nowcast`],
    ...Object.keys(config.pages).map((path) => [pageName(path), address + path] as const),
    ['Health', `${address}/health`],
    ['Database', node.database],
    ...(isDevelopment()
      ? [['App', `id ${config.app.id}, key ${config.app.key}, secret ${shownSecret(config)}`]]
      : []),
  ]
  const text = lines.map(([label = '', value = '']) => `  ${label.padEnd(10)} ${value}`).join('\n')
  process.stdout.write(`\n  Nowcast is running. Ctrl-C stops it.\n\n${text}\n\n`)
}

/** Only the public development secret is ever printed. */
const shownSecret = (config: Config): string =>
  config.app.secret === 'dev-secret' ? 'dev-secret' : '(yours)'

function pageName(path: string): string {
  const [last = ''] = path.split('/').filter(Boolean).slice(-1)
  return last.charAt(0).toUpperCase() + last.slice(1)
}

/** The first signal drains and stops; the second one stops at once. */
function stopOnSignals(node: Node): void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    process.stdout.write('\n  Stopping: clients move on, what was begun is finished.\n')
    node.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(
          `\n  Stopping failed: ${error instanceof Error ? error.message : String(error)}\n`,
        )
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
