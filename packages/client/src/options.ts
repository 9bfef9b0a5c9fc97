// What an application may choose when it makes a client. Every default stands here.
import type { NowcastError, TransportName } from '@nowcast/protocol'
import type { BackoffBounds } from './backoff.ts'
import type { OutboxStorage } from './outbox/storage.ts'
import type { Timers } from './timers.ts'

/** The part of the browser's WebSocket that the client uses; Node's and the `ws` package's fit too. */
export interface WebSocketLike {
  send(data: string): void
  close(code?: number, reason?: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

/** Makes WebSockets. */
export type WebSocketConstructor = new (url: string) => WebSocketLike

/** What is asked of the application's backend. */
export interface AuthorizationRequest {
  readonly channel: string
  /** The connection's id, of two numbers: the `socket_id` of Pusher's libraries. */
  readonly connection: string
}

/** Its answer, as Pusher's libraries make it. */
export interface AuthorizationAnswer {
  readonly auth: string
  readonly channel_data?: string | null
}

/** Asks it. A `NowcastError` that is not `retryable` refuses the channel; after any other failure it is asked again. */
export type Authorize = (request: AuthorizationRequest) => AuthorizationAnswer | Promise<AuthorizationAnswer>

/** Options of a client. */
export interface ClientOptions {
  /** Where the server is: `ws://`, `wss://`, `http://` or `https://`. */
  readonly url: string
  /** The app's public key; only needed where a server has several apps. */
  readonly key?: string
  /** A token, or what fetches one; asked at every connection and before the token ends. Without it: anonymous. */
  readonly token?: string | (() => string | Promise<string>)
  /**
   * The user's id, where the application knows it before the server has said it. What is sent before the first connection
   * is then kept across reloads too, and is never sent when the server says that the user is another.
   */
  readonly user?: string
  /**
   * Where the application's backend signs that this connection may subscribe to a `private-…` or `presence-…` channel: a URL,
   * which is asked as pusher-js asks it, or a function. Asked for each channel on each connection. Without it, the
   * server's policies alone decide.
   */
  readonly authorize?: string | Authorize
  /** Default: the platform's own. Node.js before 22 has none; give the one of the `ws` package. */
  readonly WebSocket?: WebSocketConstructor
  /**
   * What may carry the connection, the best first: the next is tried where one does not get through, and a better one is
   * tried again from time to time. Default: a WebSocket, then a stream over HTTP, then polling.
   */
  readonly transports?: readonly TransportName[]
  /** Default 5,000 ms for the token, and for link and handshake of each transport that is tried. */
  readonly connectTimeoutMs?: number
  /** Default 10,000 ms for the reply to a command. */
  readonly commandTimeoutMs?: number
  /** Waiting times between attempts: a random one up to `minMs`, doubled each time up to `maxMs`. Default 200 and 10,000. */
  readonly backoff?: BackoffBounds
  readonly outbox?: {
    /** Events and messages that may wait to be acknowledged; further ones fail at once. Default 1,000. */
    readonly size?: number
    /** Where they wait across reloads. Default: IndexedDB in browsers, else memory. */
    readonly storage?: OutboxStorage | 'memory'
  }
  /** In browsers: without a sign of activity for so long, the user is away on this connection. Default 300,000 ms; false: never. */
  readonly awayAfterMs?: number | false
  /** Hears of what nobody waits for: messages of the server that make no sense, and a storage that fails. */
  readonly onError?: (error: NowcastError) => void
  /** For tests. */
  readonly timers?: Timers
}
