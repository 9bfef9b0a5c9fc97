// The sessions of Pusher's protocol over HTTP that this node has, by their names: streams and polled ones alike wait in a
// mailbox for whoever comes for their messages.
import { NowcastError, type TransportName } from '@nowcast/protocol'
import type { ConnectionLimits } from '../../../features/limits/connectionLimits.ts'
import type { Clock } from '../../../foundation/clock.ts'
import { Lingering } from '../../overHttp/lingering.ts'
import { Mailbox, type PollAnswer } from '../../overHttp/mailbox.ts'
import { textFrame } from '../../webSocketFrame.ts'
import type { PusherGateway } from '../gateway.ts'
import type { Asked } from '../handshake.ts'
import type { PusherSession } from '../session.ts'
import { RequestOrder } from './requestOrder.ts'
import type { Whereabouts } from './whereabouts.ts'

/** What the sessions work with. */
export interface PusherHttpSessionParts {
  readonly gateway: Pick<PusherGateway, 'open' | 'ended' | 'limitsOf'>
  readonly whereabouts: Pick<Whereabouts, 'here' | 'gone'>
  readonly clock: Clock
  readonly maxFrameBytes: number
}

/** A client that asks for a session. */
export interface Newcomer {
  readonly transport: TransportName
  readonly asked: Asked
  readonly address: string
  readonly number: RequestNumber
}

/** Where a request stands among those of its page; absent where the client does not say. */
export type RequestNumber = number | undefined

interface Entry {
  readonly session: PusherSession
  readonly mailbox: Mailbox
  readonly order: RequestOrder
  readonly address: string
  readonly limits: ConnectionLimits
  /** The number of the last frame that was taken. */
  taken: number
}

/** A client that has gone is not told apart from one that comes back in a moment, other than by waiting so long. */
const PATIENCE_MS = 5_000
const TOO_LARGE = 1009
/** No message: whoever reads it knows that the server is there. */
const NOTHING = textFrame('')

/** This node's sessions over HTTP. */
export class PusherHttpSessions {
  readonly #parts: PusherHttpSessionParts
  readonly #entries = new Map<string, Entry>()
  readonly #lingering = new Lingering((id) => void this.#forget(id))

  constructor(parts: PusherHttpSessionParts) {
    this.#parts = parts
  }

  /** Whether this node has the session, or has had it a moment ago. */
  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /**
   * Begins a session; who is not served is told so in its messages.
   * @throws NowcastError `too_many_connections` to who is not even worth that, `unavailable`
   */
  async open(id: string, { transport, asked, address, number }: Newcomer): Promise<void> {
    const { gateway, whereabouts, clock } = this.#parts
    const limits = gateway.limitsOf(asked)
    const flood = await limits.flood(address)
    if (flood !== undefined) throw flood
    await whereabouts.here(id)
    const refused = await limits.entered(address)
    // Whoever asked at the same time for the same session has another one now, and nobody will come for it.
    void this.#forget(id)
    const mailbox = new Mailbox(clock, PATIENCE_MS, {
      closed: () => clock.endOfTurn(() => this.#linger(id, entry)),
      abandoned: () => void this.#forget(id, entry),
    })
    const session = gateway.open(transport, asked, { address, socket: mailbox }, refused)
    const entry = { session, mailbox, order: new RequestOrder(clock), address, limits, taken: 0 }
    entry.order.accept(number, () => {})
    this.#entries.set(id, entry)
  }

  /** Somebody has come for a session's messages. @throws NowcastError `not_found` */
  begin(id: string, number: RequestNumber): void {
    const { session, order } = this.#entry(id)
    session.heard()
    order.accept(number, () => {})
  }

  /** What waits for the client; all that was taken before has arrived. See `Mailbox.take`. @throws NowcastError `not_found` */
  async take(id: string, waitMs: number): Promise<PollAnswer> {
    const entry = this.#entry(id)
    const answer = await entry.mailbox.take(entry.taken, waitMs)
    entry.taken = answer.frames.at(-1)?.n ?? entry.taken
    return answer
  }

  /** What was taken last is still on its way to the client. @throws NowcastError `not_found` */
  keep(id: string): void {
    this.#entry(id).mailbox.keep()
  }

  /** Whoever came for messages has gone. @throws NowcastError `not_found` */
  left(id: string): void {
    this.#entry(id).mailbox.wake()
  }

  /**
   * Takes messages of the client. None at all are a question whether the server is there.
   * @throws NowcastError `not_found`; `frame_too_large`, which ends the session
   */
  receive(id: string, texts: readonly string[], number: RequestNumber): void {
    const { session, mailbox, order } = this.#entry(id)
    session.heard()
    const { maxFrameBytes } = this.#parts
    if (texts.some((text) => Buffer.byteLength(text) > maxFrameBytes)) throw this.tooLarge(id)
    order.accept(number, () => {
      if (texts.length === 0 && mailbox.bufferedBytes === 0) mailbox.write(NOTHING)
      for (const text of texts) session.receive(text)
    })
  }

  /** Ends a session whose client has said too much at once. @throws NowcastError `not_found` */
  tooLarge(id: string): NowcastError {
    const error = new NowcastError('frame_too_large', 'The message is too large.')
    this.#entry(id).mailbox.close(TOO_LARGE, error.message)
    return error
  }

  /** Forgets all, and sees to it that nobody looks for them here. */
  async stop(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.#forget(id)))
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry !== undefined) return entry
    throw new NowcastError('not_found', 'There is no such session.')
  }

  #linger(id: string, entry: Entry): void {
    this.#ended(entry)
    if (this.#entries.get(id) === entry) this.#lingering.add(id)
  }

  async #forget(id: string, entry: Entry | undefined = this.#entries.get(id)): Promise<void> {
    if (entry === undefined || this.#entries.get(id) !== entry) return
    this.#entries.delete(id)
    this.#lingering.delete(id)
    entry.mailbox.dispose()
    entry.order.stop()
    this.#ended(entry)
    await this.#parts.whereabouts.gone(id)
  }

  /** What is over and what is forgotten may be the same. */
  #ended({ session, limits, address }: Entry): void {
    if (this.#parts.gateway.ended(session)) limits.left(address)
  }
}
