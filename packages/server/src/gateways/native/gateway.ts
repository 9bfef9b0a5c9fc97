// The native gateway: takes links of every transport, keeps their sessions alive, and lets them go. WebSockets it accepts
// itself; those over HTTP are brought to it.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { NATIVE_PATH, NowcastError, type TransportName } from '@nowcast/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { WireFormat } from '../../core/connection.ts'
import { newConnectionId } from '../../core/connectionId.ts'
import type { ConnectionLimits } from '../../features/limits/connectionLimits.ts'
import type { Timer } from '../../foundation/clock.ts'
import type { AddressOf } from '../address.ts'
import { refuseUpgrade } from '../refuseUpgrade.ts'
import { UpgradedSocket } from '../upgradedSocket.ts'
import { compressedFormat, encodeMessage, plainFormat } from './format.ts'
import { Session } from './session.ts'
import type { Link, SessionContext } from './sessionContext.ts'

/** How often sessions are checked for life. */
const CHECK_MS = 1_000
const CLOSE_INVALID_ENCODING = 'WS_ERR_INVALID_UTF8'
const CLOSE_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/** How many connections are taken, of whom, and whether they may be compressed. */
export interface NativeGatewayOptions {
  readonly maxConnections: number
  /** Connections of the node that speak other protocols; they count too. */
  readonly otherConnections: () => number
  readonly connectionLimits: Pick<ConnectionLimits, 'flood' | 'entered' | 'left'>
  readonly addressOf: AddressOf
  /** Bytes from which an event is compressed for connections that offer it; false: never. */
  readonly compressFromBytes: number | false
}

/** Serves the native protocol. */
export class NativeGateway {
  readonly #context: SessionContext
  readonly #options: NativeGatewayOptions
  readonly #compressedFormat: WireFormat
  readonly #webSockets: WebSocketServer
  readonly #sessions = new Map<Session, TransportName>()
  readonly #counts: Record<TransportName, number> = { websocket: 0, stream: 0, polling: 0 }
  #checking: Timer | undefined
  #draining = false
  #degraded: Uint8Array | undefined

  constructor(context: SessionContext, options: NativeGatewayOptions) {
    const { compressFromBytes } = options
    this.#context = context
    this.#options = options
    this.#compressedFormat = compressedFormat(compressFromBytes || 0)
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      autoPong: false,
      // Without context takeover one compressed frame serves everybody, and no connection holds a compressor.
      perMessageDeflate:
        compressFromBytes === false
          ? false
          : { serverNoContextTakeover: true, clientNoContextTakeover: true },
      maxPayload: context.maxFrameBytes,
    })
  }

  takes(path: string): boolean {
    return path === NATIVE_PATH
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

  /** Tells every client to connect elsewhere, each at a moment of its choice within `withinMs`. */
  drain(withinMs: number): void {
    this.#draining = true
    for (const session of this.#sessions.keys()) session.drain(withinMs)
  }

  /** Tells every client which services are down, also those that connect later. */
  degrade(services: readonly string[]): void {
    const frame = encodeMessage({ type: 'status', degraded: services })
    this.#degraded = services.length === 0 ? undefined : frame
    for (const session of this.#sessions.keys()) session.tellStatus(frame)
  }

  /** Closes the connections of an app that is not served any more. @param error why */
  closeApp(app: string, error: NowcastError): void {
    for (const session of this.#sessions.keys()) if (session.app === app) session.fail(error)
  }

  /** Closes what is still connected. */
  stop(): void {
    this.#checking?.cancel()
    const error = new NowcastError('draining', 'The server is going away; connect again.')
    for (const session of this.#sessions.keys()) session.fail(error)
    this.#webSockets.close()
  }

  /** Why no further connection is taken now; undefined when one is. */
  refusal(): NowcastError | undefined {
    if (this.#draining) return new NowcastError('draining', 'The server is going away; connect again.')
    const { maxConnections, otherConnections } = this.#options
    if (this.#sessions.size + otherConnections() < maxConnections) return undefined
    return new NowcastError('too_many_connections', 'This server has no room for more connections.', {
      retryAfterMs: this.#context.heartbeatMs,
    })
  }

  /**
   * Takes a link; one that is refused is told so and closed.
   * @param refused why it can't stay, if that is known
   */
  open(transport: TransportName, link: Omit<Link, 'established'>, refused?: NowcastError): Session {
    const refusal = refused ?? this.refusal()
    const session: Session = new Session(this.#context, newConnectionId(), {
      ...link,
      established: () => this.#degraded !== undefined && session.tellStatus(this.#degraded),
    })
    this.#sessions.set(session, transport)
    this.#counts[transport] += 1
    if (refusal !== undefined) session.fail(refusal)
    return session
  }

  /** Lets a session go whose link has ended. @returns false when that was done before */
  ended(session: Session): boolean {
    const transport = this.#sessions.get(session)
    if (transport === undefined) return false
    this.#sessions.delete(session)
    this.#counts[transport] -= 1
    session.ended()
    return true
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const { addressOf, connectionLimits } = this.#options
    const address = addressOf(request)
    const flood = await connectionLimits.flood(address)
    if (flood !== undefined) {
      const seconds = Math.ceil((flood.retryAfterMs ?? 0) / 1_000)
      refuseUpgrade(stream, 429, { 'Retry-After': String(seconds) })
      return
    }
    if (stream.destroyed) return
    stream.once('close', () => connectionLimits.left(address))
    const refusal = await connectionLimits.entered(address)
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) =>
      this.#accept(webSocket, stream, address, refusal),
    )
  }

  #accept(webSocket: WebSocket, stream: Duplex, address: string, refused: NowcastError | undefined): void {
    const socket = new UpgradedSocket(webSocket, stream)
    const format = webSocket.extensions === '' ? plainFormat : this.#compressedFormat
    const session = this.open('websocket', { address, socket, format, ping: () => webSocket.ping() }, refused)
    webSocket.on('message', (data, isBinary) => {
      if (isBinary) session.fail(new NowcastError('binary_not_supported', 'Frames must be text.'))
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
