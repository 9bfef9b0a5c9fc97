// What was delivered and read: members say how far they have come, others hear of it, and each message's state follows.
import { type Commands, NowcastError, type Reader, type Receipt, type Results } from '@nowcast/protocol'
import type { Connection, User } from '../../core/connection.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { CursorDraft, CursorOutcome, MemberCursors } from '../../store/receiptStore.ts'
import type { Store } from '../../store/store.ts'
import type { People } from '../people/people.ts'
import type { Conversations } from './conversations.ts'
import { reachedAt } from './marks.ts'
import { ReceiptGathering } from './receiptGathering.ts'
import { ReceiptSignals } from './receiptSignals.ts'
import type { UserNews } from './userNews.ts'

/** What the receipts feature works with. */
export interface ReceiptsParts {
  readonly app: string
  readonly store: Store
  readonly engine: Pick<Engine, 'publish'>
  readonly conversations: Pick<Conversations, 'requireMember'>
  readonly news: UserNews
  readonly people: Pick<People, 'mayHaveOther'>
  readonly clock: Clock
  readonly log: Logger
  /** How long receipts wait to be stored and told together. */
  readonly windowMs: number
  readonly maxEventBytes: number
}

const MAX_WAITING = 20_000
const MAX_BATCH = 5_000

/** Receipts of one app's conversations. */
export class Receipts {
  readonly #parts: ReceiptsParts
  readonly #gathering: ReceiptGathering
  readonly #signals: ReceiptSignals
  /** Outcomes of reading that the user's other connections were told. */
  readonly #told = new WeakSet<CursorOutcome>()

  constructor(parts: ReceiptsParts) {
    this.#parts = parts
    const { clock, windowMs } = parts
    this.#signals = new ReceiptSignals(parts)
    const keep = (drafts: readonly CursorDraft[]) => this.#keep(drafts)
    this.#gathering = new ReceiptGathering(keep, clock, {
      windowMs,
      maxWaiting: MAX_WAITING,
      maxBatch: MAX_BATCH,
    })
  }

  /** Statements and receipts so far, and receipts waiting now. */
  get counts(): ReceiptGathering['counts'] {
    return this.#gathering.counts
  }

  /**
   * Moves the user's cursors; resolves after the commit. The user's other connections are told.
   * @throws NowcastError `conversation_not_found`, `not_a_member`, `unavailable`
   */
  async receive(
    user: User,
    { conversation, delivered = 0, read = 0 }: Commands['conversation.receipt'],
    connection: Connection,
  ): Promise<Results['conversation.receipt']> {
    const draft = { app: this.#parts.app, conversation, user: user.id, delivered, read }
    const outcome = await this.#gathering.add(draft)
    this.#tellOthers(connection, user, conversation, outcome)
    if (outcome.outcome === 'kept') return {}
    throw outcome.outcome === 'not_a_member'
      ? new NowcastError('not_a_member', 'You are not a member of this conversation.')
      : new NowcastError('conversation_not_found', 'There is no such conversation.')
  }

  /** How far every member has come. @throws NowcastError `conversation_not_found`, `not_a_member` */
  async list(
    user: User,
    { conversation }: Commands['conversation.receipts'],
  ): Promise<Results['conversation.receipts']> {
    const { app, store, conversations } = this.#parts
    await conversations.requireMember(user, conversation)
    return { receipts: (await store.cursors(app, conversation)).map(toReceipt) }
  }

  /** Whom a message has reached. @throws NowcastError `conversation_not_found`, `not_a_member`, `message_not_found` */
  async readers(
    user: User,
    { conversation, offset }: Commands['conversation.readers'],
  ): Promise<Results['conversation.readers']> {
    const { app, store, conversations } = this.#parts
    await conversations.requireMember(user, conversation)
    const cursors = await store.cursorsBeyond(app, conversation, offset)
    return { readers: cursors.map((cursor) => toReader(cursor, offset)) }
  }

  /** Commits and tells what has gathered, and takes nothing more. */
  async stop(): Promise<void> {
    await this.#gathering.stop()
    await this.#signals.stop()
  }

  async #keep(drafts: readonly CursorDraft[]): Promise<readonly CursorOutcome[]> {
    const outcomes = await this.#parts.store.moveCursors(drafts)
    const moved = new Map<string, Receipt[]>()
    for (const [index, outcome] of outcomes.entries()) {
      const draft = drafts[index]
      if (draft === undefined || outcome.outcome !== 'kept' || outcome.receipt === undefined) continue
      const receipts = moved.get(draft.conversation) ?? []
      moved.set(draft.conversation, receipts)
      receipts.push(outcome.receipt)
    }
    for (const [conversation, receipts] of moved) this.#signals.moved(conversation, receipts)
    return outcomes
  }

  /** Most users have one connection, which knows what was read on it; one that comes later asks what is unread. */
  #tellOthers(connection: Connection, user: User, conversation: string, outcome: CursorOutcome): void {
    const { news, people } = this.#parts
    if (outcome.outcome !== 'kept' || outcome.unread === undefined) return
    // Several receipts of one window have one outcome.
    if (this.#told.has(outcome) || !people.mayHaveOther(connection)) return
    this.#told.add(outcome)
    void news.tell(user.id, 'conversation:read', { id: conversation, ...outcome.unread })
  }
}

function toReceipt({ user, delivered, deliveredMarks, read, readMarks }: MemberCursors): Receipt {
  const [, deliveredAt] = deliveredMarks
  const [, readAt] = readMarks
  return {
    user,
    delivered,
    ...(deliveredAt === undefined ? {} : { deliveredAt }),
    read,
    ...(readAt === undefined ? {} : { readAt }),
  }
}

function toReader({ user, deliveredMarks, read, readMarks }: MemberCursors, offset: number): Reader {
  const deliveredAt = reachedAt(deliveredMarks, offset)
  const readAt = reachedAt(readMarks, offset)
  return {
    user,
    ...(deliveredAt === undefined ? {} : { deliveredAt }),
    read: read >= offset,
    ...(readAt === undefined ? {} : { readAt }),
  }
}
