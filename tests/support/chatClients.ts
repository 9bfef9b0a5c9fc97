// Clients of the package on the nodes of a cluster, which are closed after each test.
import { createClient, type NowcastClient } from '@nowcast/client'
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import type { ClusterNodes } from './everyCluster.ts'
import { tokenFor } from './tokens.ts'

/** What connects a user to the node of that number. */
export function chatClients(nodes: () => ClusterNodes): (user: string, node: number) => NowcastClient {
  const clients: NowcastClient[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  return (user, node) => {
    const client = createClient({
      url: nodes().urlOf(node),
      token: () => tokenFor(user),
      WebSocket,
      backoff: { minMs: 5, maxMs: 50 },
      outbox: { storage: 'memory' },
    })
    clients.push(client)
    return client
  }
}
