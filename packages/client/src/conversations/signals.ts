// What a conversation's channel of signals says: how far its members have come, and what is being written. It runs from
// the first who shows messages of the conversation to the last.
import { isObject, type Json, type Publication, type Receipt, signalsChannel } from '@nowcast/protocol'
import { RunningVariable } from '../observable.ts'
import { Follower } from './follower.ts'
import type { ChatParts } from './parts.ts'
import { isPiece, type Piece } from './pieces.ts'

/** Who shows messages. */
export interface SignalsListener {
  /** Takes in how far others have come. */
  reached(receipts: readonly Receipt[]): void
  /** Takes in a piece of what is being written. */
  append(piece: Piece): void
  /** Pieces may have been missed. */
  catchUp(): void
}

const NOBODY: readonly Receipt[] = []

/** A conversation's signals. */
export class Signals {
  readonly #conversation: string
  readonly #parts: ChatParts
  readonly #receipts: RunningVariable<readonly Receipt[]>
  readonly #follower: Follower<readonly Receipt[]>
  readonly #listeners = new Set<SignalsListener>()

  constructor(conversation: string, parts: ChatParts) {
    this.#conversation = conversation
    this.#parts = parts
    this.#follower = new Follower(signalsChannel(conversation), parts, {
      load: async () => (await parts.connection.call('conversation.receipts', { conversation })).receipts,
      loaded: (receipts) => {
        this.#moved(receipts, receipts)
        this.#catchUp()
      },
      event: (publication) => this.#receive(publication),
      // Who may not have them sees messages all the same.
      refused: () => this.#catchUp(),
    })
    this.#receipts = new RunningVariable(NOBODY, () => this.#start())
  }

  /** How far every member has come; the same list until that changes. */
  get receipts(): readonly Receipt[] {
    return this.#receipts.getSnapshot()
  }

  /** Tells of signals. @param changed called when `receipts` has changed @returns stops that */
  listen(listener: SignalsListener, changed: () => void = () => {}): () => void {
    this.#listeners.add(listener)
    listener.reached(this.receipts)
    const stop = this.#receipts.subscribe(changed)
    return () => {
      this.#listeners.delete(listener)
      stop()
    }
  }

  /** Begins anew; for after a refusal. */
  reload(): void {
    this.#receipts.restart()
  }

  /** Forgets how far anybody has come, and loads it anew. */
  forget(): void {
    this.#receipts.set(NOBODY)
    void this.#follower.reload()
  }

  #start(): () => void {
    // Pieces wait for nothing; when some are missing, the next one tells.
    const stopPieces = this.#parts.subscriptions.listen(signalsChannel(this.#conversation), {
      event: ({ name, data }) => {
        if (name !== 'message:appended' || !isPiece(data)) return
        for (const listener of this.#listeners) listener.append(data)
      },
      gap: () => this.#catchUp(),
    })
    const stopReceipts = this.#follower.start()
    return () => {
      stopReceipts()
      stopPieces()
    }
  }

  #catchUp(): void {
    for (const listener of this.#listeners) listener.catchUp()
  }

  #receive({ name, data }: Publication): void {
    if (name !== 'receipts:moved' || !isObject(data) || !Array.isArray(data.receipts)) return
    const moved = data.receipts.filter(isReceipt)
    this.#moved(merge(this.receipts, moved), moved)
  }

  #moved(all: readonly Receipt[], moved: readonly Receipt[]): void {
    const { acknowledger, outbox } = this.#parts
    const own = moved.find(({ user }) => user === outbox.owner)
    if (own !== undefined) acknowledger.confirmed(this.#conversation, own)
    for (const listener of this.#listeners) listener.reached(moved)
    this.#receipts.set(all)
  }
}

/** Receipts only move forward. */
function merge(receipts: readonly Receipt[], moved: readonly Receipt[]): readonly Receipt[] {
  const byUser = new Map(receipts.map((receipt) => [receipt.user, receipt]))
  for (const next of moved) {
    const known = byUser.get(next.user)
    byUser.set(next.user, known === undefined ? next : further(known, next))
  }
  return [...byUser.values()]
}

function further(known: Receipt, next: Receipt): Receipt {
  const isDelivered = next.delivered > known.delivered
  const isRead = next.read > known.read
  if (!isDelivered && !isRead) return known
  const { deliveredAt, delivered } = isDelivered ? next : known
  const { readAt, read } = isRead ? next : known
  const times = { ...(deliveredAt !== undefined && { deliveredAt }), ...(readAt !== undefined && { readAt }) }
  return { user: known.user, delivered, read, ...times }
}

function isReceipt(data: Json): data is Receipt {
  return (
    isObject(data) &&
    typeof data.user === 'string' &&
    typeof data.delivered === 'number' &&
    typeof data.read === 'number'
  )
}
