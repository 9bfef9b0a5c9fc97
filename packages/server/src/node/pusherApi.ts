// Pusher's HTTP API over a node's parts.
import { Termination } from '../features/people/termination.ts'
import { PusherApi } from '../gateways/pusher/api/api.ts'
import type { NodeParts } from './parts.ts'
import type { NodeServices } from './services.ts'

/** The API. */
export function createPusherApi(parts: NodeParts, { occupancy }: Pick<NodeServices, 'occupancy'>): PusherApi {
  const { apps, clock, hub, calls, limits, metrics, log, registration } = parts
  const nodes = async () => (await registration.current()).map(({ name }) => name)
  const termination = new Termination({ hub, calls, nodes })
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  return new PusherApi({ apps, clock, limited, occupancy, termination, metrics, log })
}
