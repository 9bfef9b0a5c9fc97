// Which channels have subscribers anywhere in the cluster: answers questions, and tells what becomes of channels.
import type { Connection } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import type { NodeCalls } from '../../core/nodeCalls.ts'
import type { Limits } from '../../engine/limits.ts'
import { type ChannelKey, channelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { PushCounts } from '../presence/audience.ts'
import type { Entries } from '../presence/entries.ts'
import { splitEntryName } from '../presence/entryName.ts'
import type { Rosters } from '../presence/rosters.ts'
import { Watching } from '../presence/watching.ts'
import { AppFollower } from './appFollower.ts'
import { ClusterNews } from './clusterNews.ts'
import { ClusterQuestions } from './clusterQuestions.ts'
import { CountBoard } from './countBoard.ts'
import type { FollowerParts } from './follower.ts'
import { Followers } from './followers.ts'
import type { Occupancy, OccupancyListener } from './occupancy.ts'
import { OccupiedMarks } from './occupiedMarks.ts'
import { countPlace } from './places.ts'

/** What holds for one app. */
export interface AppOccupancy {
  readonly app: string
  /** Whether the listener hears of it. */
  readonly isTold: boolean
  /** Whether the numbers of subscribers are told. */
  readonly counts: boolean
  /** How long a channel or member may be gone before that is told. */
  readonly lingerMs: number
}

/** What occupancy works with. */
export interface ClusterOccupancyParts {
  /** This node's name. */
  readonly node: string
  /** The names of all nodes that live. */
  readonly nodes: () => readonly string[]
  /** The nodes that work is shared among; on all nodes the same, as far as that can be. */
  readonly settledNodes: () => readonly string[]
  readonly hub: Pick<Hub, 'liveChannels' | 'subscriberCount'>
  readonly calls: Pick<NodeCalls, 'serve' | 'call'>
  readonly limits: Limits
  readonly rosters: Rosters
  /** Its own: what they hold is taken back when occupancy stops. */
  readonly entries: Entries
  readonly clock: Clock
  readonly log: Logger
  readonly counts: PushCounts
  /** How long a node that has lost the engine may take to enter again what it had entered. */
  readonly restoreMs: number
  /** What holds for an app now. */
  readonly settings: (app: string) => AppOccupancy | undefined
  /** What holds for all apps now. */
  readonly apps: () => Iterable<AppOccupancy>
}

/** How often it is looked who lives and what is wanted. */
const RECHECK_MS = 1_000

/** Occupancy over all nodes. */
export class ClusterOccupancy implements Occupancy {
  readonly #parts: ClusterOccupancyParts
  readonly #questions: ClusterQuestions
  readonly #watching: Watching<CountBoard>
  readonly #marks: OccupiedMarks
  readonly #news: ClusterNews
  readonly #followers: Followers
  readonly #apps = new Map<string, AppFollower>()
  /** Apps whose numbers of subscribers are told. */
  #counting = new Set<string>()
  #listener: OccupancyListener | undefined
  #rechecking: Timer | undefined

  constructor(parts: ClusterOccupancyParts) {
    const { node, hub, rosters, clock, counts, settledNodes, settings } = parts
    this.#parts = parts
    this.#questions = new ClusterQuestions(parts)
    this.#watching = new Watching({
      rosters,
      clock,
      counts,
      placeOf: countPlace,
      createBoard: (board, key) => new CountBoard(board, clock, node, () => hub.subscriberCount(key)),
    })
    const wishes = (app: string) => ({
      turnover: this.#apps.get(app)?.isFollowing === true,
      counts: settings(app)?.counts === true,
    })
    this.#marks = new OccupiedMarks({
      ...parts,
      wishes,
      sinceOf: (app, channel) => this.#apps.get(app)?.sinceOf(channel),
    })
    this.#news = new ClusterNews({ ...parts, nodes: settledNodes })
    const isCounted = (app: string) => settings(app)?.counts === true
    this.#followers = new Followers({
      ...this.#following(),
      node,
      nodes: settledNodes,
      counts: isCounted,
    })
  }

  /** Says who hears what becomes of channels; called once, before the start. Without a listener nothing is followed. */
  listen(listener: OccupancyListener): void {
    this.#listener = listener
  }

  channels(app: string, prefix: string): Promise<readonly string[]> {
    return this.#questions.channels(app, prefix)
  }

  subscriptionCounts(app: string, channels: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#questions.subscriptionCounts(app, channels)
  }

  async users(app: string, channel: string): Promise<readonly string[]> {
    const entries = await this.#parts.rosters.read(channelKey(app, channel))
    return [...new Set(entries.map(({ user }) => splitEntryName(user).user))].sort()
  }

  watchCount(connection: Connection, key: ChannelKey): Promise<void> {
    return this.#watching.watch(connection, key)
  }

  /** A connection has subscribed. */
  subscribed(_connection: Connection, key: ChannelKey): void {
    this.#marks.changed(key)
  }

  /** A subscription has ended. */
  unsubscribed(connection: Connection, key: ChannelKey): void {
    this.#watching.unwatch(connection, key)
    this.#marks.changed(key)
  }

  /** Begins to follow; the engine must have been started. */
  start(): void {
    this.#recheck()
  }

  /** Ends everything; resolves when all that this node had to tell is told, and the others know of its end. */
  async stop(): Promise<void> {
    this.#rechecking?.cancel()
    this.#watching.stop()
    for (const follower of this.#apps.values()) follower.stop()
    this.#apps.clear()
    this.#followers.stop()
    await Promise.all([this.#marks.stop(), this.#news.stop()])
    await this.#parts.entries.stop()
  }

  #recheck(): void {
    this.#rechecking = this.#parts.clock.after(RECHECK_MS, () => this.#recheck())
    if (this.#listener !== undefined) this.#followApps()
    const countsChanged = this.#noteCounting()
    this.#followers.recheck(countsChanged)
    // The other nodes do not know yet of those who subscribed before.
    if (countsChanged) this.#marks.tellAll()
    this.#news.recheck()
  }

  /** Whether other apps want their numbers of subscribers told than before. */
  #noteCounting(): boolean {
    const before = this.#counting
    this.#counting = new Set()
    for (const { app, counts } of this.#parts.apps()) if (counts) this.#counting.add(app)
    return this.#counting.size !== before.size || [...this.#counting].some((app) => !before.has(app))
  }

  #followApps(): void {
    const wanted = new Set<string>()
    for (const { app, isTold } of this.#parts.apps()) if (isTold) wanted.add(app)
    for (const [app, follower] of this.#apps) {
      if (wanted.has(app)) continue
      follower.stop()
      this.#apps.delete(app)
    }
    for (const app of wanted) if (!this.#apps.has(app)) this.#follow(app)
  }

  #follow(app: string): void {
    const follower = new AppFollower({ ...this.#following(), app, followers: this.#followers })
    this.#apps.set(app, follower)
    follower.ready.then(
      // Those who subscribed before that.
      () => this.#marks.tellAll(),
      () => {
        follower.stop()
        if (this.#apps.get(app) === follower) this.#apps.delete(app)
      },
    )
  }

  #following(): FollowerParts {
    const { rosters, clock, settings, restoreMs } = this.#parts
    return {
      rosters,
      clock,
      news: this.#news,
      listener: () => this.#listener,
      lingerMs(key, missed) {
        const lingerMs = settings(splitChannelKey(key).app)?.lingerMs ?? 0
        return missed ? Math.max(lingerMs, restoreMs) : lingerMs
      },
    }
  }
}
