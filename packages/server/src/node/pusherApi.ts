// Pusher's HTTP API over a node's parts.
import { NowcastError } from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { Termination } from '../features/people/termination.ts'
import type { ChannelOccupancy } from '../gateways/pusher/api/channels.ts'
import { pusherApiRoutes } from '../gateways/pusher/api/routes.ts'
import { assembleApps } from './apps.ts'
import type { NodeParts } from './parts.ts'
import type { NodeServices } from './services.ts'

const refuse = async () => {
  throw new NowcastError('unavailable', 'Channels can not be counted yet')
}
/** Until what counts the channels of all nodes stands behind it. */
const occupancy: ChannelOccupancy = { channels: refuse, subscriptionCounts: refuse, users: refuse }

/** The routes of the API. */
export function pusherApi(parts: NodeParts, { registration }: Pick<NodeServices, 'registration'>) {
  const { clock, hub, calls, limits, metrics, log } = parts
  const nodes = async () => (await registration.current()).map(({ name }) => name)
  const termination = new Termination({ hub, calls, nodes })
  const apps = assembleApps(parts)
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  return (server: FastifyInstance) =>
    pusherApiRoutes(server, { apps, clock, limited, occupancy, termination, metrics, log })
}
