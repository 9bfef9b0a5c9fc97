// How this node stands: since when it runs, whether it is about to stop, whether something that it needs is down.
import type { NodeReport } from '../engine/registry.ts'
import type { Clock } from '../foundation/clock.ts'

/** The standing of one node. */
export class Standing {
  /** In milliseconds since 1970. */
  readonly startedAt: number
  /** True once clients are moved elsewhere. */
  draining = false
  /** True while a service is down. */
  degraded = false

  constructor(clock: Pick<Clock, 'now'>) {
    this.startedAt = clock.now()
  }

  /** As the other nodes are told. */
  get status(): NodeReport['status'] {
    if (this.draining) return 'draining'
    return this.degraded ? 'degraded' : 'ok'
  }
}
