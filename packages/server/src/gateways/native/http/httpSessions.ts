// The sessions over HTTP that this node has, by their ids: streams and polled ones.
import type { ServerResponse } from 'node:http'
import { closeCodes, NowcastError } from '@nowcast/protocol'
import type { ConnectionLimits } from '../../../features/limits/connectionLimits.ts'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import { Lingering } from '../../overHttp/lingering.ts'
import { Mailbox, type PollAnswer } from '../../overHttp/mailbox.ts'
import { plainFormat } from '../format.ts'
import type { NativeGateway } from '../gateway.ts'
import type { Session } from '../session.ts'
import { IncomingFrames } from './incomingFrames.ts'
import type { SessionIds } from './sessionIds.ts'
import { StreamSocket } from './streamSocket.ts'

/** What the sessions work with. */
export interface HttpSessionParts {
  readonly gateway: Pick<NativeGateway, 'open' | 'ended' | 'refusal'>
  readonly ids: SessionIds
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly limits: Pick<ConnectionLimits, 'flood' | 'entered' | 'left'>
}

interface Entry {
  readonly session: Session
  readonly incoming: IncomingFrames
  /** Absent for a stream. */
  readonly mailbox?: Mailbox
}

/** This node's sessions over HTTP. */
export class HttpSessions {
  readonly #parts: HttpSessionParts
  readonly #entries = new Map<string, Entry>()
  /** Polled sessions that are over. */
  readonly #lingering = new Lingering((id) => this.#forget(id))

  constructor(parts: HttpSessionParts) {
    this.#parts = parts
  }

  /**
   * Begins a session on a response; it ends with the response.
   * @param begin writes the response's head
   * @throws NowcastError `too_many_connections` to who can't even be told so on the stream
   */
  async openStream(response: ServerResponse, address: string, begin: () => void): Promise<void> {
    const { limits } = this.#parts
    const flood = await limits.flood(address)
    if (flood !== undefined) throw flood
    if (response.destroyed) return
    response.once('close', () => limits.left(address))
    const refusal = await limits.entered(address)
    if (response.destroyed) return
    begin()
    this.#stream(response, address, refusal)
  }

  #stream(response: ServerResponse, address: string, refusal: NowcastError | undefined): void {
    const { gateway, ids } = this.#parts
    const id = ids.issue()
    const socket = new StreamSocket(response)
    socket.tell('session', { session: id })
    const ping = () => socket.tell('ping', {})
    const session = gateway.open('stream', { address, socket, format: plainFormat, ping }, refusal)
    this.#entries.set(id, { session, incoming: new IncomingFrames((text) => session.receive(text)) })
    let keepingAlive: Timer | undefined
    const keepAlive = () => {
      keepingAlive = this.#parts.clock.after(this.#parts.heartbeatMs / 2, () => {
        socket.keepAlive()
        keepAlive()
      })
    }
    keepAlive()
    response.on('error', () => response.destroy())
    response.once('close', () => {
      keepingAlive?.cancel()
      this.#entries.delete(id)
      gateway.ended(session)
    })
  }

  /**
   * Begins a session that is polled.
   * @returns its id
   * @throws NowcastError `draining`, `too_many_connections`
   */
  async openPolling(address: string): Promise<string> {
    const { gateway, ids, clock, heartbeatMs, limits } = this.#parts
    const flood = await limits.flood(address)
    if (flood !== undefined) throw flood
    const refusal = (await limits.entered(address)) ?? gateway.refusal()
    if (refusal !== undefined) {
      limits.left(address)
      throw refusal
    }
    const id = ids.issue()
    const mailbox = new Mailbox(clock, heartbeatMs / 2, {
      closed: () => clock.endOfTurn(() => this.#linger(id, session)),
      abandoned: () => this.#forget(id),
    })
    // Every poll is a sign of life.
    const session = gateway.open('polling', { address, socket: mailbox, format: plainFormat, ping() {} })
    const incoming = new IncomingFrames((text) => session.receive(text))
    this.#entries.set(id, { session, incoming, mailbox })
    return id
  }

  /**
   * Takes a session's frame.
   * @throws NowcastError `not_found`, `invalid_command`
   */
  receive(id: string, number: number, text: string): void {
    const { session, incoming } = this.#entry(id)
    session.heard()
    incoming.accept(number, text)
  }

  /**
   * Waits for frames of a polled session; see `Mailbox.take`.
   * @throws NowcastError `not_found`, `invalid_command`
   */
  async poll(id: string, after: number, waitMs: number): Promise<PollAnswer> {
    const { session, mailbox } = this.#entry(id)
    if (mailbox === undefined) throw noSession()
    session.heard()
    return mailbox.take(after, waitMs)
  }

  /**
   * Ends a session, for an error or because the client has no more use for it.
   * @throws NowcastError `not_found`
   */
  end(id: string, error?: NowcastError): void {
    const { session, mailbox } = this.#entry(id)
    if (error !== undefined) session.fail(error)
    else if (mailbox === undefined) session.close(closeCodes.normal, 'ended')
    else this.#forget(id)
  }

  /** Forgets what is over. */
  stop(): void {
    for (const id of [...this.#entries.keys()])
      if (this.#entries.get(id)?.mailbox !== undefined) this.#forget(id)
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw noSession()
    return entry
  }

  #linger(id: string, session: Session): void {
    this.#ended(session)
    if (this.#entries.has(id)) this.#lingering.add(id)
  }

  #forget(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#lingering.delete(id)
    entry.mailbox?.dispose()
    this.#ended(entry.session)
  }

  /** Lets a polled session go; what is over and what is forgotten may be the same. */
  #ended(session: Session): void {
    if (this.#parts.gateway.ended(session)) this.#parts.limits.left(session.address)
  }
}

/** The same whether there never was such a session or it has ended. */
export const noSession = (): NowcastError => new NowcastError('not_found', 'There is no such session.')
