// Clients and backends of one of several apps on a server.
import { PROTOCOL_VERSION } from '@nowcast/protocol'
import { RawClient } from './rawClient.ts'
import { tokenFor } from './tokens.ts'

/** An app's key and secret. */
export interface Pair {
  readonly key: string
  readonly secret: string
}

/** The pair that a configuration has by itself. */
export const DEFAULT_PAIR: Pair = { key: 'dev-key', secret: 'dev-secret' }

/** Connects as a user of the app that the key belongs to. @throws Error with the code of the refusal */
export async function connectTo(url: string, { key, secret }: Pair, user: string): Promise<RawClient> {
  const client = await RawClient.open(url)
  await client.call('connect', { version: PROTOCOL_VERSION, key, token: tokenFor(user, {}, secret) })
  return client
}
