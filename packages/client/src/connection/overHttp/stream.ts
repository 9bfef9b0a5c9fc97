// A connection as one long HTTP response: frames come as server-sent events, and leave in requests of their own.
import { isObject, transportPaths } from '@nowcast/protocol'
import type { Timers } from '../../timers.ts'
import type { OpenTransport, Transport, TransportListener } from '../transport.ts'
import { EventStream, type ServerEvent } from './eventStream.ts'
import { leave, type RequestScope } from './request.ts'
import { Uplink } from './uplink.ts'

const ABNORMAL = 1006

/** Streams from a server. @param base its address, without a slash at the end */
export const streamTransport =
  (base: string, timers: Timers): OpenTransport =>
  (listener) =>
    new HttpStream(base, timers, listener)

class HttpStream implements Transport {
  readonly #base: string
  readonly #listener: TransportListener
  readonly #controller = new AbortController()
  readonly #scope: RequestScope
  #session: string | undefined
  #uplink: Uplink | undefined

  constructor(base: string, timers: Timers, listener: TransportListener) {
    this.#base = base
    this.#listener = listener
    this.#scope = { timers, signal: this.#controller.signal }
    void this.#read().then(
      () => this.#end(ABNORMAL),
      () => this.#end(ABNORMAL),
    )
  }

  send(text: string): void {
    this.#uplink?.send(text)
  }

  close(): void {
    if (this.#scope.signal.aborted) return
    this.#controller.abort()
    if (this.#session !== undefined) leave(this.#url(transportPaths.end))
  }

  async #read(): Promise<void> {
    const { signal } = this.#scope
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
    else if (name === 'session') this.#open(fieldOf(data, 'session'))
    else if (name === 'ping') this.send('\n')
    else if (name === 'close') {
      const code = fieldOf(data, 'code')
      this.#end(typeof code === 'number' ? code : ABNORMAL)
    }
  }

  #open(session: unknown): void {
    if (typeof session !== 'string' || this.#session !== undefined) return
    this.#session = session
    const urlOf = (number: number) => this.#url(transportPaths.frames, `&n=${number}`)
    this.#uplink = new Uplink(this.#scope, urlOf, () => this.#end(ABNORMAL))
    this.#listener.opened()
  }

  #url(path: string, more = ''): string {
    return `${this.#base}${path}?session=${encodeURIComponent(this.#session ?? '')}${more}`
  }

  #end(code: number): void {
    if (this.#scope.signal.aborted) return
    this.#controller.abort()
    this.#listener.closed(code)
  }
}

function fieldOf(json: string, field: string): unknown {
  const value: unknown = JSON.parse(json)
  return isObject(value) ? value[field] : undefined
}
