// Messages that are being written: their bodies grow by the pieces that arrive, and are loaded when one is missing.
import { type Message, NowcastError } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import type { Timers } from '../timers.ts'
import { append, type Piece } from './pieces.ts'
import { type Confirmed, messageAt, rewrite, type Timeline } from './timeline.ts'

/** Where the messages are shown. */
export interface StreamOwner {
  readonly conversation: string
  readonly timeline: Timeline
  show(timeline: Timeline): void
  /** Takes in a message when it is shown. */
  refresh(message: Message, asOf: number): void
}

/** What loading takes. */
export interface StreamParts {
  readonly connection: Pick<Connection, 'call'>
  readonly timers: Timers
}

/** Pieces kept while a message is loaded; older ones are in what is loaded, or it is loaded once more. */
const MAX_KEPT = 1_000
/** How long after a loading that has brought too little the next one begins. */
const RETRY_MS = 1_000

interface Loading {
  /** What has arrived meanwhile. */
  readonly pieces: Piece[]
  cancel: () => void
}

/** Bodies that grow. */
export class Streams {
  readonly #owner: StreamOwner
  readonly #parts: StreamParts
  /** Messages that are loaded, or wait to be, by offset. */
  readonly #loading = new Map<number, Loading>()

  constructor(owner: StreamOwner, parts: StreamParts) {
    this.#owner = owner
    this.#parts = parts
  }

  /** Takes a piece. */
  receive(piece: Piece): void {
    const loading = this.#loading.get(piece.offset)
    if (loading === undefined) this.#append(piece.offset, [piece], 0)
    else if (loading.pieces.push(piece) > MAX_KEPT) loading.pieces.shift()
  }

  /** Loads every message that is being written: pieces may have been missed. */
  catchUp(): void {
    for (const { streaming, offset } of this.#owner.timeline.confirmed) {
      if (streaming) this.#load(offset, this.#loading.get(offset)?.pieces ?? [], 0)
    }
  }

  /** Loads nothing any more. */
  stop(): void {
    for (const { cancel } of this.#loading.values()) cancel()
    this.#loading.clear()
  }

  #append(offset: number, pieces: readonly Piece[], retryMs: number): void {
    for (const [index, piece] of pieces.entries()) {
      const message = this.#writing(offset)
      if (message === undefined) return
      const { body, whole } = append(message.body, piece)
      this.#owner.show(rewrite(this.#owner.timeline, message, body))
      if (whole) continue
      // What contradicts is settled by the server; what is too early can be added then.
      const isEarly = piece.at > message.body.length
      this.#load(offset, pieces.slice(isEarly ? index : index + 1), retryMs)
      return
    }
  }

  #writing(offset: number): Confirmed | undefined {
    const message = messageAt(this.#owner.timeline, offset)
    return message?.streaming === true ? message : undefined
  }

  #load(offset: number, pieces: readonly Piece[], delayMs: number): void {
    this.#loading.get(offset)?.cancel()
    const loading: Loading = { pieces: [...pieces], cancel: () => {} }
    this.#loading.set(offset, loading)
    const ask = () => void this.#ask(offset, loading)
    if (delayMs === 0) ask()
    else loading.cancel = this.#parts.timers.after(delayMs, ask)
  }

  async #ask(offset: number, loading: Loading): Promise<void> {
    const { conversation } = this.#owner
    const asOf = this.#writing(offset)?.asOf ?? 0
    const isWanted = () => this.#loading.get(offset) === loading
    try {
      const { message } = await this.#parts.connection.call('conversation.message', { conversation, offset })
      if (!isWanted()) return
      this.#loading.delete(offset)
      this.#owner.refresh(message, asOf)
      // The server's own copy may be behind what it has announced.
      this.#append(offset, loading.pieces, RETRY_MS)
    } catch (error) {
      if (!isWanted() || !(error instanceof NowcastError)) return
      if (error.retryable) this.#load(offset, loading.pieces, error.retryAfterMs ?? RETRY_MS)
      else if (error.code === 'not_connected') this.#loading.delete(offset)
      // What is refused for good stays as it is: its pieces are kept in vain until it is complete.
    }
  }
}
