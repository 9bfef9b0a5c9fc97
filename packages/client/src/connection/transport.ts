// The seam between the protocol and what carries its text: a WebSocket today, other transports beside it.
import { NATIVE_PATH } from '@nowcast/protocol'
import type { ClientOptions, WebSocketConstructor } from '../options.ts'

/** What a transport tells its owner. */
export interface TransportListener {
  opened(): void
  /** A frame's text. */
  received(text: string): void
  /** Called at most once. @param code a WebSocket close code; 1006 when the network failed */
  closed(code: number): void
}

/** Carries frames. */
export interface Transport {
  send(text: string): void
  /** Ends it; nothing is told to the listener any more. */
  close(): void
}

/** Opens a transport. @throws Error when this platform or this address can't have one */
export type OpenTransport = (listener: TransportListener) => Transport

/** Transports over WebSocket to the server of `options`. */
export function webSocketTransport(options: ClientOptions): OpenTransport {
  return (listener) => {
    const WebSocket: WebSocketConstructor | undefined = options.WebSocket ?? globalThis.WebSocket
    if (WebSocket === undefined) {
      throw new Error('This platform has no WebSocket: give createClient the one of the "ws" package.')
    }
    const socket = new WebSocket(options.url.replace(/^http/, 'ws').replace(/\/+$/, '') + NATIVE_PATH)
    socket.onopen = () => listener.opened()
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (typeof data === 'string') listener.received(data)
    }
    socket.onclose = ({ code }: { code: number }) => listener.closed(code)
    // A close follows, which says more; without a listener, Node.js would throw.
    socket.onerror = () => {}
    return {
      send: (text) => socket.send(text),
      close() {
        socket.onopen = socket.onmessage = socket.onclose = null
        socket.close(1000)
      },
    }
  }
}
