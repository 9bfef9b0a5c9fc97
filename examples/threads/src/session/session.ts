// Who is signed in: the backend's session cookie says it.
import type { Me } from '../../shared/api.ts'
import { onSignedOut, RequestError, request, requestJson } from '../data/http.ts'
import { me as meSchema } from '../data/schemas.ts'
import { Variable } from '../realtime/variable.ts'
import { reasonOf } from '../theme/errors.ts'

/** `starting`: not known yet. `unreachable`: the backend can't be asked. */
export type SessionState =
  | { readonly status: 'starting' }
  | { readonly status: 'unreachable'; readonly reason: string }
  | { readonly status: 'signed-out' }
  | { readonly status: 'signed-in'; readonly me: Me }

const UNAUTHORIZED = 401

const state = new Variable<SessionState>({ status: 'starting' })

/** The session as an external store. */
export const session = { subscribe: state.subscribe, getSnapshot: state.getSnapshot }

/** Finds out who is signed in; call once, and again where the backend could not be reached. */
export async function resumeSession(): Promise<void> {
  try {
    state.set({ status: 'signed-in', me: await requestJson(meSchema, 'GET', '/api/me') })
  } catch (error) {
    const isSignedOut = error instanceof RequestError && error.status === UNAUTHORIZED
    state.set(isSignedOut ? { status: 'signed-out' } : { status: 'unreachable', reason: reasonOf(error) })
  }
}

/** Follows what the backend says of the session. Call once. */
export function startSession(): void {
  onSignedOut(() => state.set({ status: 'signed-out' }))
  void resumeSession()
}

/** Signs in. @throws RequestError */
export async function signIn(email: string, password: string): Promise<void> {
  await request('POST', '/api/login', { body: { email, password } })
  await resumeSession()
}

/** Signs out; what could not be told to the backend leaves the person signed in. @throws RequestError */
export async function signOut(): Promise<void> {
  await request('POST', '/api/logout', { body: {} })
  state.set({ status: 'signed-out' })
}
