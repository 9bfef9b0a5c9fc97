// Requests to the backend, and what becomes of those that fail.
import * as z from 'zod/mini'

const TIMEOUT_MS = 10_000
const NOBODY_SIGNED_IN = 401

/** A request that the backend refused, or that did not reach it. */
export class RequestError extends Error {
  /** The status of HTTP; 0 when no answer came. */
  readonly status: number
  /** What the backend answered. */
  readonly answer: unknown

  constructor(message: string, status: number, answer?: unknown) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.answer = answer
  }

  /** True when nobody can say whether the request was carried out: it may be sent again. */
  get isUnanswered(): boolean {
    return this.status === 0
  }
}

/** What a request carries. */
export interface RequestOptions {
  readonly body?: object
  readonly bytes?: Uint8Array<ArrayBuffer>
}

const refusal = z.object({ error: z.object({ message: z.string() }) })

const listeners = new Set<() => void>()

/** Hears when the backend says that nobody is signed in (any more). @returns stops that */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Sends a request. @throws RequestError */
export async function request(
  method: string,
  path: string,
  { body, bytes }: RequestOptions = {},
): Promise<Response> {
  const headers: Record<string, string> = {}
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (bytes !== undefined) headers['content-type'] = 'application/octet-stream'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      body: bytes ?? (body === undefined ? null : JSON.stringify(body)),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new RequestError(navigator.onLine ? 'The server does not answer.' : 'You are offline.', 0)
  }
  if (response.ok) return response
  throw await refused(response)
}

/** Sends a request and reads its answer. @throws RequestError */
export async function requestJson<Schema extends z.ZodMiniType>(
  schema: Schema,
  method: string,
  path: string,
  body?: object,
): Promise<z.output<Schema>> {
  const response = await request(method, path, body === undefined ? {} : { body })
  const parsed = schema.safeParse(await jsonOf(response))
  if (parsed.success) return parsed.data
  throw new RequestError('The server’s answer makes no sense to this page.', response.status)
}

async function refused(response: Response): Promise<RequestError> {
  if (response.status === NOBODY_SIGNED_IN) for (const listener of [...listeners]) listener()
  const answer = await jsonOf(response)
  const said = refusal.safeParse(answer)
  const message = said.success ? said.data.error.message : `The server refused this (${response.status}).`
  return new RequestError(message, response.status, answer)
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return undefined
  }
}
