// What is written so far of streamed messages, shared by all nodes: whichever node takes the next piece goes on from here.
import type { Caches } from '../../../engine/caches.ts'
import type { Clock } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'

/** How long a text outlives the time after which its stream ends, so that any node still finds it then. */
const GRACE_MS = 300_000

/** A text that is being written. */
export interface WrittenText {
  readonly text: string
  /** When somebody last wrote, in milliseconds since 1970. */
  readonly touchedAt: number
}

/** The texts of the streams of one app. */
export class StreamTexts {
  readonly #app: string
  readonly #caches: Pick<Caches, 'get' | 'set' | 'delete'>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #ttlMs: number

  /** @param timeoutMs after so long without a piece, a stream ends */
  constructor(
    app: string,
    caches: Pick<Caches, 'get' | 'set' | 'delete'>,
    clock: Clock,
    log: Logger,
    timeoutMs: number,
  ) {
    this.#app = app
    this.#caches = caches
    this.#clock = clock
    this.#log = log
    this.#ttlMs = timeoutMs + GRACE_MS
  }

  /** The text so far; undefined when none is known now. */
  async read(conversation: string, offset: number): Promise<WrittenText | undefined> {
    try {
      return await this.require(conversation, offset)
    } catch (error) {
      this.#log.debug({ error, conversation }, 'the text of a stream could not be read')
      return undefined
    }
  }

  /** The same for who must know. @throws NowcastError `unavailable` */
  async require(conversation: string, offset: number): Promise<WrittenText | undefined> {
    const value = await this.#caches.get(this.#keyOf(conversation, offset))
    return value === undefined ? undefined : JSON.parse(value)
  }

  /** @throws NowcastError `unavailable` */
  async write(conversation: string, offset: number, text: string): Promise<void> {
    const written: WrittenText = { text, touchedAt: this.#clock.now() }
    await this.#caches.set(this.#keyOf(conversation, offset), JSON.stringify(written), this.#ttlMs)
  }

  /** Lets go of a text; what can't be deleted now ends by itself. */
  async forget(conversation: string, offset: number): Promise<void> {
    try {
      await this.#caches.delete(this.#keyOf(conversation, offset))
    } catch (error) {
      this.#log.debug({ error, conversation }, 'the text of a stream could not be deleted')
    }
  }

  #keyOf(conversation: string, offset: number): string {
    return `stream:${this.#app}:${offset}:${conversation}`
  }
}
