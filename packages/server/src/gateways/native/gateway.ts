// The native gateway: takes upgraded connections, keeps their sessions alive, and lets them go.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { NATIVE_PATH, NowcastError } from '@nowcast/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { WireFormat } from '../../core/connection.ts'
import type { ConnectionLimits } from '../../features/limits/connectionLimits.ts'
import type { Timer } from '../../foundation/clock.ts'
import type { AddressOf } from '../address.ts'
import { refuseUpgrade } from '../refuseUpgrade.ts'
import { UpgradedSocket } from '../upgradedSocket.ts'
import { compressedFormat, encodeMessage, plainFormat } from './format.ts'
import { Session, type SessionContext } from './session.ts'

/** How often sessions are checked for life. */
const CHECK_MS = 1_000
const CLOSE_INVALID_ENCODING = 'WS_ERR_INVALID_UTF8'
const CLOSE_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/** How many connections are taken, of whom, and whether they may be compressed. */
export interface NativeGatewayOptions {
  readonly maxConnections: number
  readonly connectionLimits: ConnectionLimits
  readonly addressOf: AddressOf
  /** Bytes from which an event is compressed for connections that offer it; false: never. */
  readonly compressFromBytes: number | false
}

/** Serves the native protocol. */
export class NativeGateway {
  readonly path = NATIVE_PATH
  readonly #context: SessionContext
  readonly #options: NativeGatewayOptions
  readonly #compressedFormat: WireFormat
  readonly #webSockets: WebSocketServer
  readonly #sessions = new Set<Session>()
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

  /** Connections now. */
  get connections(): number {
    return this.#sessions.size
  }

  start(): void {
    this.#checking = this.#context.clock.after(CHECK_MS, () => {
      const now = this.#context.clock.now()
      for (const session of this.#sessions) session.checkAlive(now)
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
    for (const session of this.#sessions) session.drain(withinMs)
  }

  /** Tells every client which services are down, also those that connect later. */
  degrade(services: readonly string[]): void {
    const frame = encodeMessage({ type: 'status', degraded: services })
    this.#degraded = services.length === 0 ? undefined : frame
    for (const session of this.#sessions) session.tellStatus(frame)
  }

  /** Closes what is still connected. */
  stop(): void {
    this.#checking?.cancel()
    const error = new NowcastError('draining', 'The server is going away; connect again.')
    for (const session of this.#sessions) session.fail(error)
    this.#webSockets.close()
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
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) => {
      const session = this.#accept(webSocket, stream, address)
      if (refusal !== undefined) session.fail(refusal)
    })
  }

  #accept(webSocket: WebSocket, stream: Duplex, address: string): Session {
    const socket = new UpgradedSocket(webSocket, stream)
    const format = webSocket.extensions === '' ? plainFormat : this.#compressedFormat
    const session = new Session(this.#context, randomUUID(), {
      socket,
      format,
      address,
      ping: () => webSocket.ping(),
      established: () => this.#degraded !== undefined && session.tellStatus(this.#degraded),
    })
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
    webSocket.on('close', () => {
      this.#sessions.delete(session)
      session.ended()
    })
    this.#sessions.add(session)
    if (this.#draining) session.fail(new NowcastError('draining', 'The server is going away; connect again.'))
    else if (this.#sessions.size > this.#options.maxConnections) {
      const retryAfterMs = this.#context.heartbeatMs
      session.fail(
        new NowcastError('too_many_connections', 'This server has no room for more connections.', {
          retryAfterMs,
        }),
      )
    }
    return session
  }
}
