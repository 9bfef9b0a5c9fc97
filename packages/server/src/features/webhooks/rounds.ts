// Which node works on which conversation. All nodes come to the same answer from who lives, so that the messages of a
// conversation go out one batch after another; the one that works is woken through a queue of its own.
import type { Queues } from '../../engine/queues.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { nodeFor } from '../../foundation/rendezvous.ts'
import type { MissedQueue } from './missedQueue.ts'

/** How often a node looks who has woken it. */
const LOOK_MS = 250
/** How often a node looks whether those that it has woken have done their work: they may have died. */
const RECHECK_MS = 5_000
const WAKES_AT_ONCE = 1_000
/** Conversations that are looked after so; over it, those woken longest ago are not. */
const MAX_LOOKED_AFTER = 2_000
/** Wakes that wait for a node, and for how long; a node that died leaves no more behind. */
const WAKES = { max: 10_000, ttlMs: 60_000 }
/** The same where there is no node to wake: the next one that comes. */
const WAKES_OF_ANYONE = { max: 10_000, ttlMs: 86_400_000 }

/** What rounds work with. */
export interface RoundsParts {
  readonly app: string
  /** This node's name. */
  readonly node: string
  /** The names of the nodes that conversations are shared among; on all nodes the same, as far as that can be. */
  readonly nodes: () => readonly string[]
  readonly queues: Queues
  readonly missed: Pick<MissedQueue, 'isEmpty'>
  readonly clock: Clock
  /** Called with a conversation that this node has to work on. */
  readonly onWoken: (conversation: string) => void
}

/** Shares conversations among nodes. */
export class Rounds {
  readonly #parts: RoundsParts
  /** Conversations that other nodes were woken for. */
  readonly #lookedAfter = new Set<string>()
  readonly #waking = new Set<Promise<unknown>>()
  #looking: Timer | undefined
  #rechecking: Timer | undefined
  #stopped = false

  constructor(parts: RoundsParts) {
    this.#parts = parts
  }

  /** Begins to look for wakes. */
  start(): void {
    this.#look()
    this.#recheck()
  }

  /** Ends looking; resolves when those that were woken know. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#looking?.cancel()
    this.#rechecking?.cancel()
    await Promise.all(this.#waking)
  }

  /** Whether this node is the one to work on a conversation. */
  isMine(conversation: string): boolean {
    return nodeFor(this.#parts.nodes(), conversation) === this.#parts.node
  }

  /** Wakes whoever has to work on a conversation. Never fails: who can't be woken now is woken later. */
  wake(conversation: string): void {
    const node = nodeFor(this.#parts.nodes(), conversation)
    if (node === this.#parts.node) {
      if (!this.#stopped) this.#parts.onWoken(conversation)
      return
    }
    this.#lookAfter(conversation)
    const bounds = node === undefined ? WAKES_OF_ANYONE : WAKES
    const waking: Promise<unknown> = this.#parts.queues
      .push(this.#wakesOf(node), conversation, bounds)
      .catch(() => {})
      .finally(() => this.#waking.delete(waking))
    this.#waking.add(waking)
  }

  #lookAfter(conversation: string): void {
    this.#lookedAfter.delete(conversation)
    this.#lookedAfter.add(conversation)
    for (const oldest of this.#lookedAfter) {
      if (this.#lookedAfter.size <= MAX_LOOKED_AFTER) return
      this.#lookedAfter.delete(oldest)
    }
  }

  #look(): void {
    this.#looking = this.#parts.clock.after(LOOK_MS, async () => {
      const { node, nodes } = this.#parts
      // While nobody is there to be woken, what is for anyone stays where it is.
      const queues = nodes().length === 0 ? [node] : [node, undefined]
      const woken = await Promise.all(queues.map((whose) => this.#wakesFor(whose)))
      for (const conversation of new Set(woken.flat())) this.wake(conversation)
      if (!this.#stopped) this.#look()
    })
  }

  #wakesFor(node: string | undefined): Promise<readonly string[]> {
    return this.#parts.queues.take(this.#wakesOf(node), WAKES_AT_ONCE).catch(() => [])
  }

  #recheck(): void {
    this.#rechecking = this.#parts.clock.after(RECHECK_MS, async () => {
      for (const conversation of [...this.#lookedAfter]) {
        const isDone = await this.#parts.missed.isEmpty(conversation).catch(() => false)
        if (this.#stopped) return
        this.#lookedAfter.delete(conversation)
        if (!isDone) this.wake(conversation)
      }
      if (!this.#stopped) this.#recheck()
    })
  }

  #wakesOf(node: string | undefined): string {
    const { app } = this.#parts
    return node === undefined ? `webhooks:wakes-of-anyone:${app}` : `webhooks:wakes:${app}:${node}`
  }
}
