// Grouped commits: while one transaction is under way, messages gather, and all of them go into the next one.
// A conversation always goes through the same lane, so its messages keep their order.
import { NowcastError } from '@nowcast/protocol'
import type { Clock } from '../../foundation/clock.ts'
import type { MessageDraft, MessageStore, SendOutcome } from '../../store/messageStore.ts'

/** Bounds of the writer. */
export interface MessageWriterOptions {
  /** Transactions under way at once. */
  readonly lanes: number
  /** Messages in one transaction. */
  readonly maxBatch: number
  /** Messages that may wait in a lane; over it a send is refused and can be repeated. */
  readonly maxWaiting: number
}

/** Defaults of `MessageWriterOptions`. */
export const messageWriterDefaults: MessageWriterOptions = { lanes: 2, maxBatch: 250, maxWaiting: 20_000 }

const RETRY_WHEN_FULL_MS = 250

interface Waiting {
  readonly draft: MessageDraft
  readonly resolve: (outcome: SendOutcome) => void
  readonly reject: (error: unknown) => void
}

/** Commits messages in groups. */
export class MessageWriter {
  readonly #lanes: Lane[]
  #batches = 0
  #messages = 0

  constructor(
    store: Pick<MessageStore, 'send'>,
    clock: Clock,
    options: MessageWriterOptions = messageWriterDefaults,
  ) {
    const counted = async (drafts: readonly MessageDraft[]) => {
      this.#batches += 1
      this.#messages += drafts.length
      return store.send(drafts)
    }
    this.#lanes = Array.from({ length: options.lanes }, () => new Lane(counted, clock, options))
  }

  /** Transactions and messages so far, and messages waiting now. */
  get counts(): { readonly batches: number; readonly messages: number; readonly waiting: number } {
    const waiting = this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0)
    return { batches: this.#batches, messages: this.#messages, waiting }
  }

  /**
   * Resolves when the message is committed, or was before.
   * @throws NowcastError `unavailable` when it was not, or it can't be known; sending again is safe
   */
  send(draft: MessageDraft): Promise<SendOutcome> {
    const lane = this.#lanes[hash(draft.conversation) % this.#lanes.length]
    if (lane === undefined) throw new NowcastError('internal', 'The message writer has no lanes.')
    return new Promise((resolve, reject) => lane.add({ draft, resolve, reject }))
  }
}

class Lane {
  readonly #commit: (drafts: readonly MessageDraft[]) => Promise<readonly SendOutcome[]>
  readonly #clock: Clock
  readonly #options: MessageWriterOptions
  #waiting: Waiting[] = []
  #committing = false

  constructor(
    commit: (drafts: readonly MessageDraft[]) => Promise<readonly SendOutcome[]>,
    clock: Clock,
    options: MessageWriterOptions,
  ) {
    this.#commit = commit
    this.#clock = clock
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.length
  }

  add(waiting: Waiting): void {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      const retryAfterMs = RETRY_WHEN_FULL_MS
      waiting.reject(
        new NowcastError('unavailable', 'Too many messages wait to be stored.', { retryAfterMs }),
      )
      return
    }
    this.#waiting.push(waiting)
    if (!this.#committing) {
      this.#committing = true
      // Everything that arrives in this turn of the event loop belongs to the first transaction.
      this.#clock.endOfTurn(() => void this.#drain())
    }
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch)
      try {
        const outcomes = await this.#commit(batch.map(({ draft }) => draft))
        for (const [index, waiting] of batch.entries()) settle(waiting, outcomes[index])
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#committing = false
  }
}

function settle(waiting: Waiting, outcome: SendOutcome | undefined): void {
  if (outcome === undefined)
    waiting.reject(new NowcastError('internal', 'The store gave no outcome for a message.'))
  else waiting.resolve(outcome)
}

function hash(text: string): number {
  let value = 0
  for (let index = 0; index < text.length; index += 1) value = (value * 31 + text.charCodeAt(index)) >>> 0
  return value
}
