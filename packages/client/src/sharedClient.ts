// One client for a whole page, however many parts of it ask for one.
import { createClient, type NowcastClient } from './client.ts'
import type { ClientOptions } from './options.ts'

const shared = new Map<string, { readonly client: NowcastClient; users: number }>()

/**
 * The page's client for a server, made by the first who asks and closed after the last has released it.
 * @returns the client, and what releases it
 */
export function shareClient(options: ClientOptions): {
  readonly client: NowcastClient
  readonly release: () => void
} {
  const id = `${options.url}\n${options.key ?? ''}\n${options.user ?? ''}`
  const entry = shared.get(id) ?? { client: createClient(options), users: 0 }
  shared.set(id, entry)
  entry.users += 1
  let released = false
  const release = () => {
    if (released) return
    released = true
    entry.users -= 1
    if (entry.users > 0) return
    shared.delete(id)
    entry.client.close()
  }
  return { client: entry.client, release }
}
