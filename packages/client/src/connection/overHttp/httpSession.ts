// A session on the server as a transport over HTTP has it: its address, the way up, and its end.
import { transportPaths } from '@nowcast/protocol'
import type { Timers } from '../../timers.ts'
import type { TransportListener } from '../transport.ts'
import { leave, type RequestScope } from './request.ts'
import { Uplink } from './uplink.ts'

/** The close code of a connection that was lost. */
export const ABNORMAL = 1006

/** A session that is to be opened. */
export class HttpSession {
  /** Ends with the session. */
  readonly scope: RequestScope
  readonly #base: string
  readonly #listener: TransportListener
  readonly #controller = new AbortController()
  #id: string | undefined
  #uplink: Uplink | undefined

  /** @param base the server's address, without a slash at the end */
  constructor(base: string, timers: Timers, listener: TransportListener) {
    this.#base = base
    this.#listener = listener
    this.scope = { timers, signal: this.#controller.signal }
  }

  /** The server has opened it; a second time is not heard. */
  opened(id: string): void {
    if (this.#id !== undefined) return
    this.#id = id
    const urlOf = (number: number) => this.url(transportPaths.frames, `&n=${number}`)
    this.#uplink = new Uplink(this.scope, urlOf, () => this.lost(ABNORMAL))
    this.#listener.opened()
  }

  /** Sends a frame; before it is opened, nothing. */
  send(text: string): void {
    this.#uplink?.send(text)
  }

  /** Where one of its requests goes. */
  url(path: string, more = ''): string {
    return `${this.#base}${path}?session=${encodeURIComponent(this.#id ?? '')}${more}`
  }

  /** Ends it, and tells the server. */
  close(): void {
    if (this.scope.signal.aborted) return
    this.#controller.abort()
    if (this.#id !== undefined) leave(this.url(transportPaths.end))
  }

  /** It has ended by itself, with a close code. */
  lost(code: number): void {
    if (this.scope.signal.aborted) return
    this.#controller.abort()
    this.#listener.closed(code)
  }
}
