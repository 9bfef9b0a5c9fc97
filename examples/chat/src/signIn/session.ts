// Who is signed in on this page. The name is remembered in this browser; tokens are fetched anew for it.
import type { ClientOptions } from '@nowcast/react'
import { navigate } from '../app/route.ts'
import { createProfiles, type Profiles } from '../people/profiles.ts'
import { type DevToken, fetchDevToken, SignInError } from './devToken.ts'
import type { Me } from './me.ts'

const STORAGE_KEY = 'nowcast.chat.session'

/** Signed out (`offered` is false when the server gives no tokens by name), or signed in. */
export type SessionState =
  | { readonly status: 'signed-out'; readonly offered: boolean }
  | {
      readonly status: 'signed-in'
      readonly me: Me
      readonly options: ClientOptions
      readonly profiles: Profiles
    }

type Remembered = { readonly id: string; readonly name: string }

const listeners = new Set<() => void>()
let state: SessionState = { status: 'signed-out', offered: true }

function become(next: SessionState): void {
  state = next
  for (const listener of listeners) listener()
}

function remembered(): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null')
    if (typeof value !== 'object' || value === null || !('id' in value) || !('name' in value))
      return undefined
    return typeof value.id === 'string' && typeof value.name === 'string'
      ? { id: value.id, name: value.name }
      : undefined
  } catch {
    return undefined
  }
}

function enter({ id, name }: Remembered, first?: DevToken): void {
  let ready = first
  const token = async (): Promise<string> => {
    const held = ready
    ready = undefined
    return held !== undefined && held.expiresAt > Date.now() ? held.token : (await renew(name)).token
  }
  const options: ClientOptions = { url: location.origin, token, user: id }
  become({ status: 'signed-in', me: { id, name }, options, profiles: createProfiles() })
}

async function renew(name: string): Promise<DevToken> {
  try {
    return await fetchDevToken(name)
  } catch (error) {
    if (error instanceof SignInError && error.problem === 'not-offered') {
      become({ status: 'signed-out', offered: false })
    }
    throw error
  }
}

/** Who is signed in, as an external store. */
export const session = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  getSnapshot: (): SessionState => state,
}

/** Signs in whoever is remembered in this browser. Call once, at start. */
export function resumeSession(): void {
  const person = remembered()
  if (person !== undefined) enter(person)
}

/** Signs in by name. Throws `SignInError`. */
export async function signIn(name: string): Promise<void> {
  const token = await renew(name)
  const person: Remembered = { id: token.user.id, name: token.user.name ?? name }
  localStorage.setItem(STORAGE_KEY, JSON.stringify(person))
  enter(person, token)
}

/** Signs out and forgets the name, and what was open: the next person may not see it. */
export function signOut(): void {
  localStorage.removeItem(STORAGE_KEY)
  navigate(undefined)
  become({ status: 'signed-out', offered: true })
}
