// Clients of the scripted server, which are closed after each test.
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import { createClient, type NowcastClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import type { ScriptedServer } from './scriptedServer.ts'

const open: NowcastClient[] = []

afterEach(closeClients)

/** Closes them at once; for tests that end more than the server. */
export function closeClients(): void {
  for (const client of open.splice(0)) client.close()
}

/** Closes a client after the test. */
export function closeLater(client: NowcastClient): NowcastClient {
  open.push(client)
  return client
}

/** A client that comes back within milliseconds. */
export function testClient(server: ScriptedServer, options: Partial<ClientOptions> = {}): NowcastClient {
  const client = createClient({
    url: server.url,
    token: 'ada',
    // It speaks nothing else.
    transports: ['websocket'],
    WebSocket,
    backoff: { minMs: 2, maxMs: 10 },
    outbox: { storage: 'memory' },
    ...options,
  })
  return closeLater(client)
}
