// The seam between the protocol and what carries its text, and the WebSocket. What else can carry it is loaded when it is
// needed, so that pages which have a WebSocket need not carry it.
import { NATIVE_PATH, type TransportName } from '@nowcast/protocol'
import type { ClientOptions, WebSocketConstructor } from '../options.ts'
import { systemTimers } from '../timers.ts'

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

const ABNORMAL = 1006

/** Every transport to the server of `options`. */
export function transportsTo(options: ClientOptions): Readonly<Record<TransportName, OpenTransport>> {
  const { url, timers = systemTimers } = options
  return {
    websocket: webSocketTransport(options),
    stream: loaded(url, async (base) => (await import('./overHttp/stream.ts')).streamTransport(base, timers)),
    polling: loaded(url, async (base) =>
      (await import('./overHttp/polling.ts')).pollingTransport(base, timers),
    ),
  }
}

function webSocketTransport(options: ClientOptions): OpenTransport {
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

/** A transport over HTTP whose code is fetched first. */
function loaded(url: string, load: (base: string) => Promise<OpenTransport>): OpenTransport {
  return (listener) => {
    const { href } = new URL(url.replace(/^ws/, 'http'))
    let transport: Transport | undefined
    let isClosed = false
    load(href.replace(/\/+$/, '')).then(
      (open) => {
        if (!isClosed) transport = open(listener)
      },
      () => {
        if (!isClosed) listener.closed(ABNORMAL)
      },
    )
    return {
      send: (text) => transport?.send(text),
      close() {
        isClosed = true
        transport?.close()
      },
    }
  }
}
