// Puts the limits together: of commands, of connections and of requests.
import type { Engine } from '../engine/engine.ts'
import { CommandLimits } from '../features/limits/commandLimits.ts'
import { ConnectionLimits } from '../features/limits/connectionLimits.ts'
import type { LimitMetrics } from '../features/limits/refusal.ts'
import { RequestLimits } from '../features/limits/requestLimits.ts'
import { ResilientLimits } from '../features/limits/resilientLimits.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import { StartupError } from '../foundation/startupError.ts'
import { type AddressOf, addressFinder } from '../gateways/address.ts'

/** The limits of one node. */
export interface NodeLimits {
  readonly commands: CommandLimits
  readonly connections: ConnectionLimits
  readonly requests: RequestLimits
  readonly addressOf: AddressOf
}

/** Builds the limits. @throws StartupError when `trustProxy` names something that is no address */
export function assembleLimits(
  { app, limits: policies, trustProxy }: Config,
  engine: Engine,
  clock: Clock,
  metrics: LimitMetrics,
): NodeLimits {
  const limits = new ResilientLimits(engine.limits, clock)
  return {
    commands: new CommandLimits(app.id, policies, limits, metrics),
    connections: new ConnectionLimits({ policies, app: app.id, limits, metrics, clock }),
    requests: new RequestLimits(app.id, policies.http, limits, metrics),
    addressOf: findAddresses(trustProxy),
  }
}

function findAddresses(trustProxy: Config['trustProxy']): AddressOf {
  try {
    return addressFinder(trustProxy)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartupError(`Mistake in the configuration: "trustProxy": ${reason}.`, { cause })
  }
}
