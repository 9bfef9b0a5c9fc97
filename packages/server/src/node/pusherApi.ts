// Pusher's HTTP API over a node's parts.
import type { FastifyInstance } from 'fastify'
import { Termination } from '../features/people/termination.ts'
import { pusherApiRoutes } from '../gateways/pusher/api/routes.ts'
import { assembleApps } from './apps.ts'
import type { NodeParts } from './parts.ts'
import type { NodeServices } from './services.ts'

/** The routes of the API. */
export function pusherApi(
  parts: NodeParts,
  { registration, occupancy }: Pick<NodeServices, 'registration' | 'occupancy'>,
): (server: FastifyInstance) => void {
  const { clock, hub, calls, limits, metrics, log } = parts
  const nodes = async () => (await registration.current()).map(({ name }) => name)
  const termination = new Termination({ hub, calls, nodes })
  const apps = assembleApps(parts)
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  return (server) => pusherApiRoutes(server, { apps, clock, limited, occupancy, termination, metrics, log })
}
