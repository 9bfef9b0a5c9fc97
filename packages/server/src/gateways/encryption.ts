// Whether what a peer sends is encrypted on its way here: a proxy that is trusted says so of its own peers.
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Config } from '../foundation/config/schema.ts'
import { trustIn } from './address.ts'

/** Whether a request came through TLS. */
export type IsEncrypted = (request: IncomingMessage) => boolean

/**
 * How that is found.
 * @param trustProxy proxies whose `X-Forwarded-Proto` is believed: how many, or their addresses or networks
 * @throws TypeError when one of the addresses is none
 */
export function encryptionFinder(trustProxy: Config['trustProxy']): IsEncrypted {
  const trust = trustIn(trustProxy)
  return ({ socket, headers }) => {
    if (socket instanceof TLSSocket) return true
    if (!trust(socket.remoteAddress ?? '', 0)) return false
    // The proxy nearest to the peer wrote the first of them.
    const [first = ''] = String(headers['x-forwarded-proto'] ?? '').split(',')
    return ['https', 'wss'].includes(first.trim().toLowerCase())
  }
}
