// A process that starts this one with a channel to it hears where everything is, so that it can start an application's own
// backend beside it.
import type { Config } from '../foundation/config/schema.ts'

/** What the parent is told, once. The addresses and the secret are for it alone: the channel is between two processes. */
interface Running {
  readonly kind: 'running'
  readonly address: string
  readonly databaseUrl: string
  readonly app: Pick<Config['app'], 'id' | 'key' | 'secret'>
}

/** Tells the process that started this one, if it listens, that this one serves. */
export function tellParent(where: Pick<Running, 'address' | 'databaseUrl'>, { app }: Config): void {
  const { id, key, secret } = app
  process.send?.({ kind: 'running', ...where, app: { id, key, secret } } satisfies Running)
}
