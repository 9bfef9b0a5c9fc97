// What waits to be told to the application, in the engine: a queue for each lane (a conversation, or a share of an app's
// channels), and the batch that is on its way. A batch leaves the queue only once it is noted as begun, and is forgotten
// only once it is done with, so that another node can go on wherever this one dies.
import { randomUUID } from 'node:crypto'
import type { QueueBounds, Queues } from '../../engine/queues.ts'
import type { Clock } from '../../foundation/clock.ts'

/** Items that travel in one request. */
export interface Batch<Item> {
  /** The same however often it is sent. */
  readonly id: string
  /** When it was first taken, in milliseconds since 1970. */
  readonly since: number
  /** The node that sends it. */
  readonly by: string
  readonly items: readonly Item[]
  /** For `finish`. */
  readonly receipt: string
}

/** What is kept of a batch: its items as they stood in the queue. */
interface BegunBatch extends Pick<Batch<never>, 'id' | 'since' | 'by'> {
  readonly texts: readonly string[]
}

/** What the queues hold, and how much of it. */
export interface BatchQueueOptions<Item> {
  /** Tells these lanes from others' of the same name. */
  readonly scope: string
  /** Items of one batch. */
  readonly maxItems: number
  /** Bytes of one batch's items; a single item may have more. */
  readonly maxBytes: number
  /** The most that waits in one lane, and for how long. */
  readonly waiting: QueueBounds
  /** Where nodes that queue at the same time may overtake one another: what is to go first. */
  readonly order?: (one: Item, other: Item) => number
}

/** Queues by lane. No two items may be alike. */
export class BatchQueue<Item> {
  readonly #node: string
  readonly #queues: Queues
  readonly #clock: Clock
  readonly #options: BatchQueueOptions<Item>

  /** @param node this node's name */
  constructor(node: string, queues: Queues, clock: Clock, options: BatchQueueOptions<Item>) {
    this.#node = node
    this.#queues = queues
    this.#clock = clock
    this.#options = options
  }

  /** Adds an item. Answers how many of the oldest went for it. @throws NowcastError `unavailable` */
  push(lane: string, item: Item): Promise<number> {
    return this.#queues.push(this.#waiting(lane), JSON.stringify(item), this.#options.waiting)
  }

  /**
   * The batch to send next: one that was begun and not finished, or what waits.
   * @param isBusy whether another node may still be sending what it has begun
   * @returns nothing when nothing waits, `busy` when another node is to finish first
   * @throws NowcastError `unavailable`
   */
  async begin(lane: string, isBusy: (node: string) => boolean): Promise<Batch<Item> | 'busy' | undefined> {
    const begun = await this.#begun(lane)
    if (begun !== undefined && begun.by !== this.#node && isBusy(begun.by)) return 'busy'
    const next = begun ?? (await this.#gather(lane))
    if (next === undefined) return undefined
    const mine = { ...next, by: this.#node }
    const receipt = JSON.stringify(mine)
    const { ttlMs } = this.#options.waiting
    await this.#queues.push(this.#underWay(lane), receipt, { max: 1, ttlMs })
    await this.#queues.drop(this.#waiting(lane), mine.texts)
    const { id, since, by, texts } = mine
    const items = texts.map((text) => JSON.parse(text) as Item)
    if (this.#options.order !== undefined) items.sort(this.#options.order)
    return { id, since, by, items, receipt }
  }

  /** The batch that was begun is done with. @throws NowcastError `unavailable` */
  async finish(lane: string, { receipt }: Batch<Item>): Promise<void> {
    await this.#queues.drop(this.#underWay(lane), [receipt])
  }

  /** Items that wait and are not under way. @throws NowcastError `unavailable` */
  size(lane: string): Promise<number> {
    return this.#queues.size(this.#waiting(lane))
  }

  /** True when nothing waits and nothing is under way. @throws NowcastError `unavailable` */
  async isEmpty(lane: string): Promise<boolean> {
    if ((await this.size(lane)) > 0) return false
    return (await this.#queues.size(this.#underWay(lane))) === 0
  }

  async #begun(lane: string): Promise<BegunBatch | undefined> {
    const [begun] = await this.#queues.peek(this.#underWay(lane), 1)
    return begun === undefined ? undefined : (JSON.parse(begun) as BegunBatch)
  }

  async #gather(lane: string): Promise<BegunBatch | undefined> {
    const { maxItems, maxBytes } = this.#options
    const waiting = await this.#queues.peek(this.#waiting(lane), maxItems)
    let bytes = 0
    const texts = waiting.filter((text, index) => {
      bytes += Buffer.byteLength(text)
      return index === 0 || bytes <= maxBytes
    })
    if (texts.length === 0) return undefined
    return { id: randomUUID(), since: this.#clock.now(), by: this.#node, texts }
  }

  #waiting(lane: string): string {
    return `webhooks:waiting:${this.#options.scope}:${lane}`
  }

  #underWay(lane: string): string {
    return `webhooks:begun:${this.#options.scope}:${lane}`
  }
}
