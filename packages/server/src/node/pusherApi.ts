// Pusher's HTTP API over a node's parts.
import type { FastifyInstance } from 'fastify'
import { Termination } from '../features/people/termination.ts'
import { pusherApiRoutes } from '../gateways/pusher/api/routes.ts'
import type { NodeParts } from './parts.ts'
import type { NodeServices } from './services.ts'

/** The routes of the API. */
export function pusherApi(
  parts: NodeParts,
  { occupancy }: Pick<NodeServices, 'occupancy'>,
): (server: FastifyInstance) => void {
  const { apps, clock, hub, calls, limits, metrics, log, registration } = parts
  const nodes = async () => (await registration.current()).map(({ name }) => name)
  const termination = new Termination({ hub, calls, nodes })
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  return (server) => pusherApiRoutes(server, { apps, clock, limited, occupancy, termination, metrics, log })
}
