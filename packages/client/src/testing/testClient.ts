// Clients of the scripted server.
import { WebSocket } from 'ws'
import { createClient, type NowcastClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import type { ScriptedServer } from './scriptedServer.ts'

/** A client that comes back within milliseconds. */
export function testClient(server: ScriptedServer, options: Partial<ClientOptions> = {}): NowcastClient {
  return createClient({
    url: server.url,
    token: 'ada',
    // It speaks nothing else.
    transports: ['websocket'],
    WebSocket,
    backoff: { minMs: 2, maxMs: 10 },
    outbox: { storage: 'memory' },
    ...options,
  })
}
