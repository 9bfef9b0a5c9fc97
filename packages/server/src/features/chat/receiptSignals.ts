// Tells members how far others have come. A hundred members who each tell a hundred others are ten thousand receipts: who
// has just been told of many waits the longer for the next ones, so that what each is told in a second stays the same.
import { randomUUID } from 'node:crypto'
import { type Receipt, signalsChannel } from '@nowcast/protocol'
import type { Engine } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import { SIGNALS_HISTORY } from './signals.ts'

/** What telling works with. */
export interface ReceiptSignalsParts {
  readonly app: string
  readonly engine: Pick<Engine, 'publish'>
  readonly clock: Clock
  readonly log: Logger
  /** Receipts come together this often, so that a shorter wait would gather nothing. */
  readonly windowMs: number
  readonly maxEventBytes: number
}

/** So long is waited for each receipt that was told: 50 in a second. */
const MS_PER_RECEIPT = 20
const MAX_WAIT_MS = 2_000
/** What an event of receipts holds beside them. */
const ENVELOPE_BYTES = 32

/** A conversation whose members were told of many receipts just now. */
interface Pacing {
  /** The newest receipt of each member that has moved since. */
  readonly moved: Map<string, Receipt>
  readonly timer: Timer
}

/** Publishes receipts on conversations' channels of signals. */
export class ReceiptSignals {
  readonly #parts: ReceiptSignalsParts
  /** By conversation; the others are told at once. */
  readonly #pacing = new Map<string, Pacing>()

  constructor(parts: ReceiptSignalsParts) {
    this.#parts = parts
  }

  /** Members have come so far, each further than before. */
  moved(conversation: string, receipts: readonly Receipt[]): void {
    const pacing = this.#pacing.get(conversation)
    if (pacing === undefined) void this.#tell(conversation, receipts)
    else for (const receipt of receipts) pacing.moved.set(receipt.user, receipt)
  }

  /** Tells what waits. */
  async stop(): Promise<void> {
    const waiting = [...this.#pacing]
    this.#pacing.clear()
    for (const [, { timer }] of waiting) timer.cancel()
    await Promise.all(
      waiting.map(([conversation, { moved }]) => this.#publish(conversation, [...moved.values()])),
    )
  }

  #tell(conversation: string, receipts: readonly Receipt[]): Promise<void> {
    const { clock, windowMs } = this.#parts
    const waitMs = Math.min(receipts.length * MS_PER_RECEIPT, MAX_WAIT_MS)
    if (waitMs > windowMs) {
      const timer = clock.after(waitMs, () => this.#goOn(conversation))
      this.#pacing.set(conversation, { moved: new Map(), timer })
    }
    return this.#publish(conversation, receipts)
  }

  #goOn(conversation: string): void {
    const moved = this.#pacing.get(conversation)?.moved
    this.#pacing.delete(conversation)
    if (moved !== undefined && moved.size > 0) void this.#tell(conversation, [...moved.values()])
  }

  async #publish(conversation: string, receipts: readonly Receipt[]): Promise<void> {
    const { app, engine, maxEventBytes, log } = this.#parts
    const key = channelKey(app, signalsChannel(conversation))
    try {
      await Promise.all(
        split(receipts, maxEventBytes - ENVELOPE_BYTES).map((part) =>
          engine.publish(key, {
            id: randomUUID(),
            name: 'receipts:moved',
            data: { receipts: part },
            history: SIGNALS_HISTORY,
            idScope: 'app',
          }),
        ),
      )
    } catch (error) {
      // They are committed; who asks for receipts gets them, and the next ones say how far a member has come.
      log.warn({ error, conversation }, 'receipts could not be told')
    }
  }
}

function split(receipts: readonly Receipt[], maxBytes: number): readonly (readonly Receipt[])[] {
  const parts: Receipt[][] = []
  let room = 0
  for (const receipt of receipts) {
    const bytes = Buffer.byteLength(JSON.stringify(receipt)) + 1
    const part = parts.at(-1)
    if (part === undefined || bytes > room) {
      parts.push([receipt])
      room = maxBytes - bytes
    } else {
      part.push(receipt)
      room -= bytes
    }
  }
  return parts
}
