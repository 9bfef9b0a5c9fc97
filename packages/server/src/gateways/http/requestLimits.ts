// Counts requests to the API by address. Fastify's own plugin for this counts in windows that start anew; these slide,
// and are the same over all nodes.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { RequestLimits } from '../../features/limits/requestLimits.ts'
import type { AddressOf } from '../address.ts'

/** What requests are counted with. */
export interface LimitedRequests {
  readonly limits: Pick<RequestLimits, 'take'>
  readonly addressOf: AddressOf
}

/** From here on, every request to the routes of `scope` counts, before its body is read. */
export function countRequests(scope: FastifyInstance, limited: LimitedRequests): void {
  scope.addHook('onRequest', async ({ raw }) => countRequest(raw, limited))
}

/** Counts a request. @throws NowcastError `limit_exceeded` */
export function countRequest(
  request: IncomingMessage,
  { limits, addressOf }: LimitedRequests,
): Promise<void> {
  return limits.take(addressOf(request))
}
