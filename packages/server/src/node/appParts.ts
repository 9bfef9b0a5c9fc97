// What an app is built from: what all apps of a node share.
import type { Hub } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import type { Metrics } from '../foundation/metrics.ts'
import type { Store } from '../store/store.ts'
import type { SharedChat } from './chat.ts'
import type { NodeLimits } from './limits.ts'
import type { Presences } from './people.ts'
import type { Registration } from './registration.ts'
import type { Standing } from './standing.ts'

/** What all apps of a node share. */
export interface AppParts {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
  /** The node's own name. */
  readonly name: string
  readonly store: Store
  readonly engine: Engine
  readonly hub: Hub
  readonly presences: Presences
  readonly limits: NodeLimits
  readonly chat: SharedChat
  readonly standing: Standing
  readonly registration: Registration
}
