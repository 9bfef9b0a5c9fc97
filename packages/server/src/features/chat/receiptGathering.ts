// Gathers receipts for a moment, so that a hundred members who receive one message cost one statement.
import { NowcastError } from '@nowcast/protocol'
import type { Clock } from '../../foundation/clock.ts'
import { GatheringWindow } from '../../foundation/gatheringWindow.ts'
import type { CursorDraft, CursorOutcome } from '../../store/receiptStore.ts'

/** Bounds and times of the gathering. */
export interface ReceiptGatheringOptions {
  readonly windowMs: number
  /** Receipts that may wait; over it they are refused and can be repeated. */
  readonly maxWaiting: number
  /** Members' receipts in one statement; what a window has beyond that goes into the next one. */
  readonly maxBatch: number
}

type Settle = {
  readonly resolve: (outcome: CursorOutcome) => void
  readonly reject: (error: unknown) => void
}

interface Gathered {
  draft: CursorDraft
  readonly waiting: Settle[]
}

/** Hands receipts of a window over together, one draft for each member of a conversation. */
export class ReceiptGathering {
  readonly #keep: (drafts: readonly CursorDraft[]) => Promise<readonly CursorOutcome[]>
  readonly #options: ReceiptGatheringOptions
  /** By conversation and user. */
  #gathered = new Map<string, Gathered>()
  #waiting = 0
  #batches = 0
  #receipts = 0
  readonly #window: GatheringWindow
  #stopped = false

  /** @param keep commits drafts; outcomes in their order */
  constructor(
    keep: (drafts: readonly CursorDraft[]) => Promise<readonly CursorOutcome[]>,
    clock: Clock,
    options: ReceiptGatheringOptions,
  ) {
    this.#keep = keep
    this.#options = options
    this.#window = new GatheringWindow({
      clock,
      flush: () => this.#flush(),
      isWaiting: () => this.#gathered.size > 0,
      windowMs: () => options.windowMs,
    })
  }

  /** Statements and receipts so far, and receipts waiting now. */
  get counts(): { readonly batches: number; readonly receipts: number; readonly waiting: number } {
    return { batches: this.#batches, receipts: this.#receipts, waiting: this.#waiting }
  }

  /**
   * Resolves when the receipt, or one that says more, is committed.
   * @throws NowcastError `unavailable` when too many wait, or what `keep` throws
   */
  add(draft: CursorDraft): Promise<CursorOutcome> {
    const { windowMs, maxWaiting } = this.#options
    if (this.#waiting >= maxWaiting || this.#stopped) {
      const why = this.#stopped ? 'The server is going away.' : 'Too many receipts wait to be stored.'
      return Promise.reject(new NowcastError('unavailable', why, { retryAfterMs: windowMs }))
    }
    this.#waiting += 1
    const key = `${draft.app}\n${draft.conversation}\n${draft.user}`
    return new Promise((resolve, reject) => {
      const gathered = this.#gathered.get(key)
      if (gathered === undefined) {
        this.#gathered.set(key, { draft, waiting: [{ resolve, reject }] })
      } else {
        gathered.draft = join(gathered.draft, draft)
        gathered.waiting.push({ resolve, reject })
      }
      this.#window.open()
    })
  }

  /** Commits what has gathered, and takes nothing more. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.#window.stop()
  }

  async #flush(): Promise<void> {
    const gathered = [...this.#gathered.values()]
    this.#gathered = new Map()
    const { maxBatch } = this.#options
    for (let start = 0; start < gathered.length; start += maxBatch) {
      await this.#keepTogether(gathered.slice(start, start + maxBatch))
    }
  }

  async #keepTogether(batch: readonly Gathered[]): Promise<void> {
    this.#batches += 1
    this.#receipts += batch.length
    try {
      const outcomes = await this.#keep(batch.map(({ draft }) => draft))
      for (const [index, { waiting }] of batch.entries()) {
        const outcome = outcomes[index]
        for (const { resolve, reject } of waiting) {
          if (outcome === undefined) reject(new NowcastError('internal', 'A receipt has no outcome.'))
          else resolve(outcome)
        }
      }
    } catch (error) {
      for (const { waiting } of batch) for (const { reject } of waiting) reject(error)
    }
    this.#waiting -= batch.reduce((sum, { waiting }) => sum + waiting.length, 0)
  }
}

function join(one: CursorDraft, other: CursorDraft): CursorDraft {
  return {
    ...one,
    delivered: Math.max(one.delivered, other.delivered),
    read: Math.max(one.read, other.read),
  }
}
