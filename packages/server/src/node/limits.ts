// Puts together what limits count with, and those that protect the node before it is known which app is meant.
import type { Engine } from '../engine/engine.ts'
import type { Limits } from '../engine/limits.ts'
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
  /** Counts over all nodes. */
  readonly shared: Limits
  /** Of links whose app is not known yet. */
  readonly connections: ConnectionLimits
  /** Of requests that show no app's key. */
  readonly requests: RequestLimits
  readonly addressOf: AddressOf
}

/** In the keys of what is counted for no app; no app's id is empty. */
const NO_APP = ''

/** Builds the limits. @throws StartupError when `trustProxy` names something that is no address */
export function assembleLimits(
  { limits: policies, trustProxy }: Config,
  engine: Engine,
  clock: Clock,
  metrics: LimitMetrics,
): NodeLimits {
  const limits = new ResilientLimits(engine.limits, clock)
  return {
    shared: limits,
    connections: new ConnectionLimits({ policies, app: NO_APP, limits, metrics, clock }),
    requests: new RequestLimits(NO_APP, policies.http, limits, metrics),
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
