// Takes in requests of an app's backend: who signed it is known before its body is read, and no more of that than the app's
// limits allow for.
import type { IncomingMessage } from 'node:http'
import { NowcastError } from '@nowcast/protocol'
import type { App, Apps } from '../../../features/apps/app.ts'
import type { Clock } from '../../../foundation/clock.ts'
import { countRequest, type LimitedRequests } from '../../http/requestLimits.ts'
import { readBody } from './body.ts'
import { type Parameters, parameter, parseTarget, verifyBody, verifySignature } from './signature.ts'

/** What requests are taken in with. */
export interface RequestParts {
  readonly apps: Apps
  readonly clock: Clock
  /** Requests of strangers count; those of the backend are the application's own, however many. */
  readonly limited: LimitedRequests
}

/** A request that an app's backend has made. */
export interface BackendRequest {
  readonly app: App
  readonly parameters: Parameters
  /** Unlike that of every other request but its repetitions. */
  readonly signature: string
  readonly body: Buffer
}

/**
 * Takes in a request for the app that its path names.
 * @param maxBytes largest body; 0 for a request that has none
 * @throws NowcastError `unknown_app`, `not_found`, `timestamp_invalid`, `signature_invalid`, `forbidden`,
 * `data_too_large`, or `limit_exceeded` when a stranger has tried too often
 */
export async function takeIn(
  request: IncomingMessage,
  appId: string,
  maxBytes: (app: App) => number,
  parts: RequestParts,
): Promise<BackendRequest> {
  try {
    const { app, parameters, signature } = authenticate(request, appId, parts)
    const body = await readBody(request, maxBytes(app))
    verifyBody(parameters, body)
    return { app, parameters, signature, body }
  } catch (error) {
    if (isStrangers(error)) await countRequest(request, parts.limited)
    throw error
  }
}

function authenticate(request: IncomingMessage, appId: string, { apps, clock }: RequestParts) {
  const { path, parameters } = parseTarget(request.url ?? '')
  const key = parameter(parameters, 'auth_key')
  if (key === undefined) throw new NowcastError('unknown_app', 'Missing parameter: auth_key')
  const keyed = apps.byKey(key)
  if (keyed === undefined) throw new NowcastError('unknown_app', 'Unknown auth_key')
  const { app, secret } = keyed
  // Whether there is an app of that id is told to nobody but its own backend.
  if (app.id !== appId) throw new NowcastError('not_found', 'The auth_key belongs to no app of this id')
  verifySignature(secret, { method: request.method ?? '', path, parameters }, clock.now())
  if (!app.enabled) throw new NowcastError('forbidden', 'The app is disabled')
  return { app, parameters, signature: parameter(parameters, 'auth_signature') ?? '' }
}

const isStrangers = (error: unknown): boolean =>
  error instanceof NowcastError &&
  (error.code === 'unknown_app' ||
    error.code === 'not_found' ||
    error.code === 'timestamp_invalid' ||
    error.code === 'signature_invalid' ||
    error.code === 'invalid_command')
