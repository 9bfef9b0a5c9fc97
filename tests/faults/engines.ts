// Presence and limits, which no client has a command for yet: engines beside the nodes, each on a node's way to Redis, enter
// and let go of members and take from limits while things fail.

import type { RedisEngine } from '../../packages/server/src/engine/redis/redisEngine.ts'
import { channelKey } from '../../packages/server/src/foundation/channelKey.ts'
import { PresenceFollower } from '../../packages/server/src/testing/presenceFollower.ts'
import { RedisNodes } from '../../packages/server/src/testing/redisNodes.ts'
import { Random } from '../support/random.ts'
import { pause, waitFor } from './course.ts'
import type { TestCluster } from './testCluster.ts'

const ROOM = channelKey('1', 'room')
const USERS = Array.from({ length: 12 }, (_, index) => `user-${index}`)
const LEASE_MS = 3_000
const WINDOW = { count: 10, windowMs: 1_000 }
const LONGEST_PAUSE_MS = 60

interface Member {
  readonly engine: RedisEngine
  readonly follower: PresenceFollower
  /** Users that this engine holds, by what it was told last. */
  readonly entered: Set<string>
}

/** Something that was allowed, at some moment between two. */
interface Taken {
  readonly after: number
  readonly before: number
}

/** Three engines that use presence and limits. */
export class Engines {
  readonly #members: readonly Member[]
  readonly #taken: Taken[] = []
  readonly #emptiedAt: number[] = []

  private constructor(members: readonly Member[]) {
    this.#members = members
  }

  /** Starts an engine on each node's way to Redis. */
  static async start({ nodes, redis }: TestCluster): Promise<Engines> {
    const party = new RedisNodes(redis.url, { presenceLeaseMs: LEASE_MS })
    const members: Member[] = []
    for (const { redis: way } of nodes) {
      const engine = party.add(`redis://127.0.0.1:${way.port}`)
      const follower = new PresenceFollower(engine.presence)
      await engine.start({ publication: () => {}, moved: () => {} })
      await follower.follow(ROOM)
      members.push({ engine, follower, entered: new Set() })
    }
    return new Engines(members)
  }

  /** Acts on all engines for as long as `goesOn` says. @param emptied how often Redis has lost its memory */
  async keepActing(seed: number, goesOn: () => boolean, emptied: () => number): Promise<void> {
    const watch = async () => {
      for (let known = emptied(); goesOn(); await pause(5)) {
        if (emptied() !== known) this.#emptiedAt.push(Date.now())
        known = emptied()
      }
    }
    const acting = this.#members.map(async (member, index) => {
      const random = new Random(seed + index)
      while (goesOn()) {
        await this.#act(member, random)
        await pause(random.below(LONGEST_PAUSE_MS))
      }
    })
    await Promise.all([watch(), ...acting])
  }

  /** What is not as it should be, once nothing fails any more. */
  async broken(): Promise<string[]> {
    const wrong = () => this.#members.flatMap(({ follower }, index) => this.#wrongView(follower, index))
    const late = await waitFor(
      () => wrong().length === 0,
      () => wrong().join('; '),
    ).then(
      () => [],
      (error: Error) => [error.message],
    )
    const contradictions = this.#members.flatMap(({ follower }) => follower.contradictions)
    return [
      ...late,
      ...contradictions.map((one) => `presence contradicts itself: ${one}`),
      ...this.#overTaken(),
    ]
  }

  /** How much was done, for people. */
  get summary(): string {
    const changes = this.#members.reduce((sum, { follower }) => sum + follower.changes.length, 0)
    return `${changes} changes of presence heard, ${this.#taken.length} taken from a limit`
  }

  async stop(): Promise<void> {
    for (const { engine } of this.#members) await engine.stop()
  }

  async #act({ engine, entered }: Member, random: Random): Promise<void> {
    const user = random.pick(USERS)
    const what = random.below(3)
    const after = Date.now()
    try {
      if (what === 0) {
        await engine.presence.enter(ROOM, user, { user })
        entered.add(user)
      } else if (what === 1) {
        // Also when it fails: the user leaves as soon as that is possible.
        entered.delete(user)
        await engine.presence.leave(ROOM, user)
      } else if ((await engine.limits.take('limit', WINDOW)).allowed) {
        this.#taken.push({ after, before: Date.now() })
      }
    } catch {
      // Refused: what was there before is there.
    }
  }

  #wrongView(follower: PresenceFollower, index: number): string[] {
    const should = [...new Set(this.#members.flatMap(({ entered }) => [...entered]))].sort()
    const sees = Object.keys(follower.members(ROOM)).sort()
    if (should.join() === sees.join()) return []
    return [`engine ${index} sees ${sees.join()} instead of ${should.join()}`]
  }

  /** Windows in which more was allowed than may be, whenever within its call each was taken; Redis may have forgotten some. */
  #overTaken(): string[] {
    const { count, windowMs } = WINDOW
    return this.#taken.flatMap(({ after: from }) => {
      const to = from + windowMs
      const allowed = this.#taken.filter(({ after, before }) => after >= from && before < to).length
      const forgotten = this.#emptiedAt.some((at) => at >= from - windowMs && at <= to + windowMs)
      return allowed > count && !forgotten
        ? [`${allowed} of ${count} were allowed within ${windowMs} ms`]
        : []
    })
  }
}
