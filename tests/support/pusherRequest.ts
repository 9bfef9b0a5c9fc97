// Requests to Pusher's HTTP API, signed by hand so that everything about them can be wrong.
import { createHash, createHmac } from 'node:crypto'

/** What of a request is not as it should be. */
export interface PusherRequest {
  readonly method?: string
  /** Below `/apps/<app>`. */
  readonly path?: string
  readonly app?: string
  readonly key?: string
  readonly secret?: string
  /** Seconds since 1970. */
  readonly timestamp?: number | string
  readonly version?: string
  readonly body?: string
  /** What the digest is made of. */
  readonly digested?: string
  /** Further fields of the query. */
  readonly query?: Readonly<Record<string, string>>
  /** Changes the fields after they were signed; undefined takes one away. */
  readonly tampered?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string>>
}

/** The address of a request to a server, and how it is sent: the same ones again are the request repeated. */
export function signedPusherRequest(
  url: string,
  request: PusherRequest = {},
): { readonly url: string; readonly init: RequestInit } {
  const { app = '1', key = 'dev-key', secret = 'dev-secret', path = '/events', body } = request
  const { method = body === undefined ? 'GET' : 'POST', digested = body, version = '1.0' } = request
  const { timestamp = Math.floor(Date.now() / 1_000) } = request
  const fields: Record<string, string> = {
    auth_key: key,
    auth_timestamp: String(timestamp),
    auth_version: version,
    ...(digested === undefined ? {} : { body_md5: createHash('md5').update(digested).digest('hex') }),
    ...request.query,
  }
  const signed = Object.entries(fields)
    .map(([name, value]) => `${name.toLowerCase()}=${value}`)
    .sort()
    .join('&')
  const text = `${method}\n/apps/${app}${path}\n${signed}`
  fields.auth_signature = createHmac('sha256', secret).update(text).digest('hex')
  for (const [name, value] of Object.entries(request.tampered ?? {})) {
    if (value === undefined) delete fields[name]
    else fields[name] = value
  }
  return {
    url: `${url}/apps/${app}${path}?${new URLSearchParams(fields)}`,
    init: {
      method,
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': 'application/json', ...request.headers },
    },
  }
}

/** Sends a request; its status, and what was answered. */
export async function pusherRequest(
  url: string,
  request: PusherRequest = {},
): Promise<{ readonly status: number; readonly text: string; readonly type: string | null }> {
  const signed = signedPusherRequest(url, request)
  const response = await fetch(signed.url, signed.init)
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}
