// One request to the server, with a time limit.
import { isObject } from '@nowcast/protocol'
import type { Timers } from '../../timers.ts'

/** How a request ended: with the server's answer, refused for good, or in a way that may be different the next time. */
export type Outcome =
  | { readonly kind: 'answered'; readonly value: { readonly [field: string]: unknown } }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed' }

/** The times and the end of what requests are made for. */
export interface RequestScope {
  readonly timers: Timers
  /** Ends the requests. */
  readonly signal: AbortSignal
}

/** POSTs text. It is sent as plain text, which browsers allow across origins without asking first. */
export async function post(
  { timers, signal }: RequestScope,
  url: string,
  body: string,
  timeoutMs: number,
): Promise<Outcome> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const cancelTimeout = timers.after(timeoutMs, abort)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
      credentials: 'omit',
      cache: 'no-store',
      signal: controller.signal,
    })
    const value: unknown = response.status === 204 ? {} : await response.json()
    if (response.ok && isObject(value)) return { kind: 'answered', value }
    return { kind: mayBeRepeated(response.status) ? 'failed' : 'refused' }
  } catch {
    return { kind: 'failed' }
  } finally {
    cancelTimeout()
    signal.removeEventListener('abort', abort)
  }
}

/** After 504 nobody knows whether the node that has the session still lives: it is better to begin a new one. */
const mayBeRepeated = (status: number): boolean => status === 429 || (status >= 500 && status !== 504)

/** Waits, unless the scope ends before. */
export function pause({ timers, signal }: RequestScope, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = timers.after(durationMs, end)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}

/** Tells the server that a session is not needed any more; nobody waits for the answer. */
export function leave(url: string): void {
  fetch(url, { method: 'POST', credentials: 'omit', keepalive: true }).catch(() => {})
}
