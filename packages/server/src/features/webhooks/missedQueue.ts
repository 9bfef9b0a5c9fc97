// What waits to be told to the application, in the engine: a queue for each conversation, and the batch that is on its
// way. The latter is kept too until it has arrived, so that another node can go on when this one dies.
import { randomUUID } from 'node:crypto'
import type { Message } from '@nowcast/protocol'
import type { QueueBounds, Queues } from '../../engine/queues.ts'
import type { Clock } from '../../foundation/clock.ts'

/** A message, and the members who were offline when it was sent. */
export interface MissedMessage {
  readonly message: Message
  /** Ids. */
  readonly users: readonly string[]
}

/** Messages that travel in one request. */
export interface MissedBatch {
  /** The same however often it is sent. */
  readonly id: string
  /** When it was first taken, in milliseconds since 1970. */
  readonly since: number
  /** The node that sends it. */
  readonly by: string
  readonly messages: readonly MissedMessage[]
}

/** Messages of one conversation in one request. */
const BATCH = 50
/** The most that waits for one conversation, and for how long. */
const WAITING: QueueBounds = { max: 1_000, ttlMs: 86_400_000 }
const UNDER_WAY: QueueBounds = { max: 1, ttlMs: WAITING.ttlMs }

/** The queues of one app's conversations. */
export class MissedQueue {
  readonly #app: string
  readonly #node: string
  readonly #queues: Queues
  readonly #clock: Clock

  /** @param node this node's name */
  constructor(app: string, node: string, queues: Queues, clock: Clock) {
    this.#app = app
    this.#node = node
    this.#queues = queues
    this.#clock = clock
  }

  /** Adds a message. Answers how many of the oldest went for it. @throws NowcastError `unavailable` */
  push(missed: MissedMessage): Promise<number> {
    return this.#queues.push(this.#waiting(missed.message.conversation), JSON.stringify(missed), WAITING)
  }

  /**
   * The batch to send next: one that was begun and not finished, or what waits.
   * @param isBusy whether another node may still be sending what it has begun
   * @returns nothing when nothing waits, `busy` when another node is to finish first
   * @throws NowcastError `unavailable`
   */
  async begin(
    conversation: string,
    isBusy: (node: string) => boolean,
  ): Promise<MissedBatch | 'busy' | undefined> {
    const begun = await this.#begun(conversation)
    const isOthers = begun !== undefined && begun.by !== this.#node && isBusy(begun.by)
    const batch = begun ?? (await this.#take(conversation))
    if (batch === undefined) return undefined
    const kept = isOthers ? batch : { ...batch, by: this.#node }
    await this.#queues.push(this.#underWay(conversation), JSON.stringify(kept), UNDER_WAY)
    return isOthers ? 'busy' : kept
  }

  /** The batch that was begun is done with. @throws NowcastError `unavailable` */
  async finish(conversation: string): Promise<void> {
    await this.#queues.take(this.#underWay(conversation), 1)
  }

  /** Messages that wait and are not under way. @throws NowcastError `unavailable` */
  size(conversation: string): Promise<number> {
    return this.#queues.size(this.#waiting(conversation))
  }

  /** True when nothing waits and nothing is under way. @throws NowcastError `unavailable` */
  async isEmpty(conversation: string): Promise<boolean> {
    if ((await this.size(conversation)) > 0) return false
    return (await this.#queues.size(this.#underWay(conversation))) === 0
  }

  async #begun(conversation: string): Promise<MissedBatch | undefined> {
    const [begun] = await this.#queues.take(this.#underWay(conversation), 1)
    return begun === undefined ? undefined : (JSON.parse(begun) as MissedBatch)
  }

  async #take(conversation: string): Promise<MissedBatch | undefined> {
    const items = await this.#queues.take(this.#waiting(conversation), BATCH)
    if (items.length === 0) return undefined
    const messages = items.map((item) => JSON.parse(item) as MissedMessage)
    // Nodes that queue at the same time may overtake one another.
    messages.sort((one, other) => one.message.offset - other.message.offset)
    return { id: randomUUID(), since: this.#clock.now(), by: this.#node, messages }
  }

  #waiting(conversation: string): string {
    return `webhooks:waiting:${this.#app}:${conversation}`
  }

  #underWay(conversation: string): string {
    return `webhooks:under-way:${this.#app}:${conversation}`
  }
}
