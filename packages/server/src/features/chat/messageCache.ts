// The newest messages of conversations, in the caches that all nodes share. What is cached says which place of the
// conversation it stands for, and is used only while that is the newest: so no edit, delete or reaction is ever missed.
import type { Message, Position } from '@nowcast/protocol'
import type { Caches } from '../../engine/caches.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { MessageSlice, MessageStore } from '../../store/messageStore.ts'

/** What the cache works with. */
export interface MessageCacheParts {
  readonly app: string
  readonly store: Pick<MessageStore, 'messages'>
  readonly caches: Pick<Caches, 'get' | 'set'>
  readonly clock: Clock
  readonly log: Logger
  readonly options: MessageCacheOptions
}

/** How much is kept, and for how long. */
export interface MessageCacheOptions {
  /** Newest messages of a conversation; 0 keeps none. */
  readonly messages: number
  /** Milliseconds. */
  readonly ttl: number
  /** Milliseconds, for a conversation whose newest message is younger than `ttl`. */
  readonly activeTtl: number
}

/** A conversation whose newest messages take more characters than this is not cached. */
const MAX_VALUE_LENGTH = 1_048_576

/** What a reader gets of a conversation that moved on while it was read; the page stands for `position`. */
type Newest = MessageSlice

/** The newest messages of one app's conversations. */
export class MessageCache {
  readonly #parts: MessageCacheParts
  /** Reads of the database under way, by conversation: readers share them. */
  readonly #loading = new Map<string, Promise<Newest>>()
  #hits = 0
  #misses = 0

  constructor(parts: MessageCacheParts) {
    this.#parts = parts
  }

  /** Pages that were answered from the cache, and pages that were not, since this node started. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses }
  }

  /**
   * The newest messages below `before`, or undefined when the database must be asked for them.
   * @param position the conversation's newest place, read before
   * @throws NowcastError `conversation_not_found`, `unavailable`
   */
  async page(
    conversation: string,
    position: Position,
    before: number | undefined,
    limit: number,
  ): Promise<MessageSlice | undefined> {
    const { options } = this.#parts
    if (options.messages === 0) return undefined
    const cached = await this.#get(conversation)
    if (cached !== undefined && isAt(cached, position)) {
      const page = cut(cached, before, limit)
      if (page !== undefined) this.#hits += 1
      else this.#misses += 1
      return page
    }
    this.#misses += 1
    // Far in the past the newest messages are of no use, even when they are few.
    if (before !== undefined && position.offset - before >= options.messages) return undefined
    return cut(await this.#load(conversation, position), before, limit)
  }

  async #get(conversation: string): Promise<Newest | undefined> {
    try {
      const value = await this.#parts.caches.get(this.#keyOf(conversation))
      return value === undefined ? undefined : JSON.parse(value)
    } catch (error) {
      this.#parts.log.debug({ error, conversation }, 'cached messages could not be read')
      return undefined
    }
  }

  /** Reads them from the database; one read serves everybody whose place it has reached. */
  async #load(conversation: string, position: Position): Promise<Newest> {
    const shared = this.#loading.get(conversation)
    if (shared !== undefined) {
      const newest = await shared
      if (newest.position.epoch === position.epoch && newest.position.offset >= position.offset) return newest
    }
    const loading = this.#loading.get(conversation)
    // Begun by another reader who waited here too, after this one knew its place.
    if (loading !== undefined && loading !== shared) return loading
    const own = this.#read(conversation).finally(() => {
      if (this.#loading.get(conversation) === own) this.#loading.delete(conversation)
    })
    this.#loading.set(conversation, own)
    return own
  }

  async #read(conversation: string): Promise<Newest> {
    const { app, store, caches, options, log } = this.#parts
    const newest = await store.messages(app, conversation, { limit: options.messages })
    const value = JSON.stringify(newest)
    if (value.length <= MAX_VALUE_LENGTH) {
      caches
        .set(this.#keyOf(conversation), value, this.#ttlOf(newest.messages[0]))
        .catch((error: unknown) => {
          log.debug({ error, conversation }, 'messages could not be cached')
        })
    }
    return newest
  }

  #ttlOf(newest: Message | undefined): number {
    const { ttl, activeTtl } = this.#parts.options
    return newest !== undefined && this.#parts.clock.now() - newest.createdAt < ttl ? activeTtl : ttl
  }

  #keyOf(conversation: string): string {
    return `messages:${this.#parts.app}:${conversation}`
  }
}

const isAt = ({ position }: Newest, { epoch, offset }: Position): boolean =>
  position.epoch === epoch && position.offset === offset

/** The part below `before`, or undefined when it reaches beyond what is kept. */
function cut(
  { messages, more, position }: Newest,
  before: number | undefined,
  limit: number,
): MessageSlice | undefined {
  const first = before === undefined ? 0 : messages.findIndex(({ offset }) => offset < before)
  const start = first === -1 ? messages.length : first
  const end = start + limit
  if (more && end > messages.length) return undefined
  return { messages: messages.slice(start, end), more: more || end < messages.length, position }
}
