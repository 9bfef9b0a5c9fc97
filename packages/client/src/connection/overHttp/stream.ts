// A connection as one long HTTP response: frames come as server-sent events, and leave in requests of their own.
import { isObject, transportPaths } from '@nowcast/protocol'
import type { Timers } from '../../timers.ts'
import type { OpenTransport, Transport, TransportListener } from '../transport.ts'
import { EventStream, type ServerEvent } from './eventStream.ts'
import { ABNORMAL, HttpSession } from './httpSession.ts'

/** Streams from a server. @param base its address, without a slash at the end */
export const streamTransport =
  (base: string, timers: Timers): OpenTransport =>
  (listener) =>
    new HttpStream(base, timers, listener)

class HttpStream implements Transport {
  readonly #base: string
  readonly #listener: TransportListener
  readonly #session: HttpSession

  constructor(base: string, timers: Timers, listener: TransportListener) {
    this.#base = base
    this.#listener = listener
    this.#session = new HttpSession(base, timers, listener)
    const lost = () => this.#session.lost(ABNORMAL)
    void this.#read().then(lost, lost)
  }

  send(text: string): void {
    this.#session.send(text)
  }

  close(): void {
    this.#session.close()
  }

  async #read(): Promise<void> {
    const { signal } = this.#session.scope
    const response = await fetch(this.#base + transportPaths.stream, {
      headers: { accept: 'text/event-stream' },
      credentials: 'omit',
      cache: 'no-store',
      signal,
    })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    // Some platforms give a body only when it has ended.
    if (!response.ok || !isStream || response.body == null) return
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const stream = new EventStream()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const event of stream.push(decoder.decode(value, { stream: true }))) {
        if (signal.aborted) return
        this.#receive(event)
      }
    }
  }

  #receive({ name, data }: ServerEvent): void {
    if (name === 'message') this.#listener.received(data)
    else if (name === 'session') {
      const id = fieldOf(data, 'session')
      if (typeof id === 'string') this.#session.opened(id)
    } else if (name === 'ping') this.send('\n')
    else if (name === 'close') {
      const code = fieldOf(data, 'code')
      this.#session.lost(typeof code === 'number' ? code : ABNORMAL)
    }
  }
}

function fieldOf(json: string, field: string): unknown {
  const value: unknown = JSON.parse(json)
  return isObject(value) ? value[field] : undefined
}
