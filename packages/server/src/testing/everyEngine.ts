// Runs a suite of behaviour over every engine.
import { randomUUID } from 'node:crypto'
import type { Publication } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { TestRedis } from '../../../../tests/support/testRedis.ts'
import type { Engine } from '../engine/engine.ts'
import {
  MemoryEngine,
  type MemoryEngineOptions,
  memoryEngineDefaults,
} from '../engine/memory/memoryEngine.ts'
import { PresenceFollower } from './presenceFollower.ts'
import { RedisNodes } from './redisNodes.ts'
import { SimulatedClock } from './simulatedClock.ts'

/** The window of idempotency of engines under test. */
export const IDEMPOTENCY_WINDOW_MS = 300

/** A started engine, and how its time passes; where it can't be moved, tests wait. */
export interface EngineSubject {
  readonly engine: Engine
  /** Hears of presence. */
  readonly follower: PresenceFollower
  /** The publications that reached its listener. */
  readonly heard: { readonly publication: Publication; readonly epoch: string }[]
  pass(ms: number): Promise<void>
}

/** A memory engine under simulated time, not started. */
export function simulatedMemory(options: Partial<MemoryEngineOptions> = {}) {
  const clock = new SimulatedClock()
  const idempotency = { windowMs: IDEMPOTENCY_WINDOW_MS, maxEntries: 100 }
  const engine = new MemoryEngine(clock, randomUUID, { ...memoryEngineDefaults, idempotency, ...options })
  return { engine, pass: (ms: number) => clock.advance(ms) }
}

/** Starts an engine for a test. */
export async function startSubject(made: Pick<EngineSubject, 'engine' | 'pass'>): Promise<EngineSubject> {
  const heard: EngineSubject['heard'] = []
  const follower = new PresenceFollower(made.engine.presence)
  await made.engine.start({
    publication: (_channel, publication, epoch) => heard.push({ publication, epoch }),
    moved: () => {},
  })
  return { ...made, follower, heard }
}

/** Declares the tests once for each engine; `subject` answers the one of the running test. */
export function overEveryEngine(tests: (subject: () => EngineSubject) => void): void {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await TestRedis.start()
  })
  afterAll(() => redis?.dispose())
  const nodes = () => new RedisNodes(redis.url, { idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS })
  const implementations = {
    memory: () => simulatedMemory(),
    redis: () => ({ engine: nodes().add(), pass: async () => {} }),
  } satisfies Record<string, () => Pick<EngineSubject, 'engine' | 'pass'>>

  describe.each(Object.entries(implementations))('the %s engine', (_name, create) => {
    let subject: EngineSubject
    beforeEach(async () => {
      subject = await startSubject(create())
    })
    afterEach(() => subject.engine.stop())
    tests(() => subject)
  })
}
