// One client for a whole page, however many parts of it ask for one.
import { createClient, type NowcastClient } from './client.ts'
import type { ClientOptions } from './options.ts'

interface Shared {
  readonly client: NowcastClient
  users: number
}

const shared = new Map<string, Shared>()

/**
 * The page's client for a server, made by the first who asks and closed after the last has released it.
 * @returns the client, and what releases it
 */
export function shareClient(options: ClientOptions): {
  readonly client: NowcastClient
  readonly release: () => void
} {
  const entry = find(options)
  entry.users += 1
  let released = false
  const release = () => {
    if (released) return
    released = true
    entry.users -= 1
    if (entry.users > 0) return
    shared.delete(idOf(options))
    entry.client.close()
  }
  return { client: entry.client, release }
}

/** The page's client for a server, made when there is none, without holding on to it: for what may yet come to nothing. */
export function findSharedClient(options: ClientOptions): NowcastClient {
  return find(options).client
}

function find(options: ClientOptions): Shared {
  const id = idOf(options)
  const entry = shared.get(id) ?? { client: createClient(options), users: 0 }
  shared.set(id, entry)
  return entry
}

const idOf = ({ url, key = '', user = '' }: ClientOptions): string => `${url}\n${key}\n${user}`
