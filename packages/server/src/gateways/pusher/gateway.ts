// The gateway for Pusher's clients: takes links of every transport, keeps their sessions alive, and lets them go. WebSockets
// it accepts itself; those over HTTP are brought to it.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { NowcastError, type TransportName } from '@nowcast/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { App } from '../../features/apps/app.ts'
import type { ConnectionLimits } from '../../features/limits/connectionLimits.ts'
import type { Timer } from '../../foundation/clock.ts'
import type { AddressOf } from '../address.ts'
import type { IsEncrypted } from '../encryption.ts'
import { refuseUpgrade } from '../refuseUpgrade.ts'
import { UpgradedSocket } from '../upgradedSocket.ts'
import { addressRefused, closings } from './closings.ts'
import { type Asked, isPusherPath, parseUrl, welcome } from './handshake.ts'
import { PusherSession } from './session.ts'
import type { PusherContext, PusherLink } from './sessionContext.ts'

/** How often sessions are checked for life. */
const CHECK_MS = 1_000
const CLOSE_INVALID_ENCODING = 'WS_ERR_INVALID_UTF8'
const CLOSE_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/** How many connections are taken, and how it is found where they come from. */
export interface PusherGatewayOptions {
  readonly maxConnections: number
  /** Connections of the node that speak other protocols; they count too. */
  readonly otherConnections: () => number
  /** The limits that hold for links to an app, or to none. */
  readonly limitsOf: (app: App | undefined) => ConnectionLimits
  readonly addressOf: AddressOf
  readonly isEncrypted: IsEncrypted
}

/** Serves Pusher's protocol. */
export class PusherGateway {
  readonly #context: PusherContext
  readonly #options: PusherGatewayOptions
  readonly #webSockets: WebSocketServer
  readonly #sessions = new Map<PusherSession, TransportName>()
  readonly #counts: Record<TransportName, number> = { websocket: 0, stream: 0, polling: 0 }
  #checking: Timer | undefined
  /** When each session is asked to leave. */
  #leaving: readonly Timer[] = []
  #draining = false

  constructor(context: PusherContext, options: PusherGatewayOptions) {
    this.#context = context
    this.#options = options
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      autoPong: false,
      perMessageDeflate: false,
      maxPayload: context.maxFrameBytes,
    })
  }

  takes(path: string): boolean {
    return isPusherPath(path)
  }

  /** Connections now. */
  get connections(): number {
    return this.#sessions.size
  }

  /** The same by what carries them. */
  get connectionsByTransport(): Readonly<Record<TransportName, number>> {
    return { ...this.#counts }
  }

  start(): void {
    this.#checking = this.#context.clock.after(CHECK_MS, () => {
      const now = this.#context.clock.now()
      for (const session of this.#sessions.keys()) session.checkAlive(now)
      this.start()
    })
  }

  /** Takes over an HTTP connection that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    void this.#upgrade(request, stream, head)
  }

  /** Sends every client elsewhere, one after another within `withinMs`: they come back at once. */
  drain(withinMs: number): void {
    this.#draining = true
    const sessions = [...this.#sessions.keys()]
    this.#leaving = sessions.map((session, index) =>
      this.#context.clock.after((withinMs * index) / sessions.length, () => session.close(closings.draining)),
    )
  }

  /** Closes the connections of an app that is not served any more. @param error why */
  closeApp(app: string, { code }: NowcastError): void {
    const closing = code === 'app_disabled' ? closings.disabled : closings.unknownApp
    for (const session of this.#sessions.keys()) if (session.app === app) session.close(closing)
  }

  /** Closes what is still connected. */
  stop(): void {
    this.#checking?.cancel()
    for (const timer of this.#leaving) timer.cancel()
    for (const session of this.#sessions.keys()) session.close(closings.draining)
    this.#webSockets.close()
  }

  /**
   * Takes a link; one that is refused is told so and closed.
   * @param asked what its URL says
   * @param refused why its address may have no further connection, if that is so
   */
  open(transport: TransportName, asked: Asked, link: PusherLink, refused?: NowcastError): PusherSession {
    const session = new PusherSession(this.#context, link)
    const { maxConnections, otherConnections } = this.#options
    const isFull = this.#sessions.size + otherConnections() >= maxConnections
    this.#sessions.set(session, transport)
    this.#counts[transport] += 1
    const welcomed = welcome(this.#context.apps, asked)
    if (this.#draining) session.close(closings.arrivedWhileDraining)
    else if (refused !== undefined) session.close(addressRefused(refused))
    else if (isFull) session.close(closings.overCapacity)
    else if ('code' in welcomed) session.close(welcomed)
    else session.establish(welcomed)
    return session
  }

  /** Lets a session go whose link has ended. @returns false when that was done before */
  ended(session: PusherSession): boolean {
    const transport = this.#sessions.get(session)
    if (transport === undefined) return false
    this.#sessions.delete(session)
    this.#counts[transport] -= 1
    session.ended()
    return true
  }

  /** The limits that hold for a link. */
  limitsOf({ key }: Pick<Asked, 'key'>): ConnectionLimits {
    return this.#options.limitsOf(key === undefined ? undefined : this.#context.apps.byKey(key)?.app)
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const { addressOf, isEncrypted } = this.#options
    const address = addressOf(request)
    const asked = { ...parseUrl(request.url ?? ''), isEncrypted: isEncrypted(request) }
    const limits = this.limitsOf(asked)
    const flood = await limits.flood(address)
    if (flood !== undefined) {
      const seconds = Math.ceil((flood.retryAfterMs ?? 0) / 1_000)
      refuseUpgrade(stream, 429, { 'Retry-After': String(seconds) })
      return
    }
    if (stream.destroyed) return
    stream.once('close', () => limits.left(address))
    const refused = await limits.entered(address)
    // A browser learns why it is refused only from a WebSocket that was opened.
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) =>
      this.#accept(webSocket, stream, { asked, address, refused }),
    )
  }

  #accept(
    webSocket: WebSocket,
    stream: Duplex,
    {
      asked,
      address,
      refused,
    }: {
      readonly asked: Asked
      readonly address: string
      readonly refused: NowcastError | undefined
    },
  ): void {
    const socket = new UpgradedSocket(webSocket, stream)
    const session = this.open('websocket', asked, { address, socket, ping: () => webSocket.ping() }, refused)
    webSocket.on('message', (data, isBinary) => {
      session.heard()
      if (isBinary) session.refuse(new NowcastError('binary_not_supported', 'Messages must be text.'))
      else session.receive(data.toString())
    })
    webSocket.on('pong', () => session.heard())
    webSocket.on('ping', (data) => {
      session.heard()
      // A peer that asks and asks without reading the answers gets no more of them.
      if (socket.bufferedBytes <= this.#context.maxOutboxBytes) webSocket.pong(data)
    })
    // `ws` answers these with the right close code itself; all that is left is to count them.
    webSocket.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code === CLOSE_TOO_LARGE) this.#context.metrics.refused('frame_too_large')
      else if (error.code === CLOSE_INVALID_ENCODING) this.#context.metrics.refused('invalid_encoding')
    })
    webSocket.on('close', () => this.ended(session))
  }
}
