// What the start prints: where everything is.
import type { Config } from '../foundation/config/schema.ts'
import { isDevelopment } from '../node/production.ts'

/** What runs, and where, for people. */
export interface Running {
  readonly address: string
  readonly database: string
  readonly engine: string
  readonly workers?: number
}

/** Prints where everything is. */
export function announce({ address, database, engine, workers }: Running, config: Config): void {
  const lines = [
    ['Server', address],
    ['WebSocket', `${address.replace(/^http/, 'ws')}/nowcast`],
    ...Object.keys(config.pages).map((path) => [pageName(path), address + path] as const),
    ['Health', `${address}/health`],
    ['Database', database],
    ...(config.redis.url === undefined ? [] : [['Engine', engine]]),
    ...(workers === undefined ? [] : [['Workers', String(workers)]]),
    ...(isDevelopment()
      ? [['App', `id ${config.app.id}, key ${config.app.key}, secret ${shownSecret(config)}`]]
      : []),
  ]
  const text = lines.map(([label = '', value = '']) => `  ${label.padEnd(10)} ${value}`).join('\n')
  process.stdout.write(`\n  Nowcast is running. Ctrl-C stops it.\n\n${text}\n\n`)
}

/** Says that stopping has begun. */
export function announceStop(): void {
  process.stdout.write('\n  Stopping: clients move on, what was begun is finished.\n')
}

/** Only the public development secret is ever printed. */
const shownSecret = (config: Config): string =>
  config.app.secret === 'dev-secret' ? 'dev-secret' : '(yours)'

function pageName(path: string): string {
  const [last = ''] = path.split('/').filter(Boolean).slice(-1)
  return last.charAt(0).toUpperCase() + last.slice(1)
}
