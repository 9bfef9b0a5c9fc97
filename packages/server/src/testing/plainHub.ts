// A hub for tests of those who use one.
import { Hub, hubDefaults } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import type { Clock } from '../foundation/clock.ts'

/** A hub in which all channels are alike. @param relayed whether they are those of conversations, which the store keeps */
export function plainHub(engine: Engine, clock: Clock, relayed = false): Hub {
  const nature = { history: engine, relayed, tail: 0, latestOnly: false, urgent: false }
  const failed = () => {}
  return new Hub(engine, clock, () => nature, hubDefaults, failed)
}
