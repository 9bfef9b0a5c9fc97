// Tells of what every node has seen happen, once: by the node whose work it is, and when that one has died meanwhile, by
// the next. Whoever tells claims the right to it first, so that two who both think it theirs do not both tell.
import type { Limits } from '../../engine/limits.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import { nodeFor } from '../../foundation/rendezvous.ts'

/** Something that has happened. */
export interface News {
  /** What it is about; decides which node tells. */
  readonly about: string
  /** On all nodes the same, and never again the same for something else. */
  readonly id: string
  tell(): void
}

/** What telling works with. */
export interface ClusterNewsParts {
  /** This node's name. */
  readonly node: string
  /** The nodes that work is shared among. */
  readonly nodes: () => readonly string[]
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Logger
}

interface Kept {
  readonly news: News
  readonly until: number
}

/** By then a node's death is known to all others. */
const KEPT_MS = 20_000
/** Longer than any node keeps its news. */
const CLAIM = { count: 1, windowMs: 60_000 }
/** News kept at most, and those that wait for their claim; beyond, the oldest are not told by another node, and the newest
 * not claimed. */
const MAX_KEPT = 10_000

/** Tells news once over all nodes. */
export class ClusterNews {
  readonly #parts: ClusterNewsParts
  /** Another node's, oldest first. */
  #kept: Kept[] = []
  #waiting = 0
  /** Settles when all that was this node's is told. */
  #told: Promise<void> = Promise.resolve()

  constructor(parts: ClusterNewsParts) {
    this.#parts = parts
  }

  /** Whether it is this node that tells of something. */
  isMine(about: string): boolean {
    return nodeFor(this.#parts.nodes(), about) === this.#parts.node
  }

  /** Takes news that all nodes who might have to tell them take too. */
  put(news: News): void {
    if (this.isMine(news.about)) {
      this.#tell(news)
      return
    }
    this.#kept.push({ news, until: this.#parts.clock.now() + KEPT_MS })
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
  }

  /** Tells what has become this node's by now; called every now and then. */
  recheck(): void {
    if (this.#kept.length === 0) return
    const now = this.#parts.clock.now()
    const kept = this.#kept
    this.#kept = []
    for (const item of kept) {
      if (item.until <= now) continue
      if (this.isMine(item.news.about)) this.#tell(item.news)
      else this.#kept.push(item)
    }
  }

  /** Resolves when all that was this node's is told. */
  async stop(): Promise<void> {
    this.#kept = []
    await this.#told
  }

  #tell(news: News): void {
    const claimed = this.#claim(news)
    // In the order in which they came, however long their claims take.
    this.#told = this.#told.then(async () => {
      if (!(await claimed)) return
      try {
        news.tell()
      } catch (error) {
        this.#parts.log.error({ error, about: news.about }, 'what became of a channel could not be told')
      }
    })
  }

  async #claim({ about, id }: News): Promise<boolean> {
    if (this.#waiting >= MAX_KEPT) return true
    this.#waiting += 1
    try {
      return (await this.#parts.limits.take(`occupancy:${about}\n${id}`, CLAIM)).allowed
    } catch {
      // Rather twice than never.
      return true
    } finally {
      this.#waiting -= 1
    }
  }
}
