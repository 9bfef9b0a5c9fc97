// Development tokens: the server signs one for any name. Production servers do not (404).

/** A token and who it is for. */
export type DevToken = {
  readonly token: string
  readonly user: { readonly id: string; readonly name?: string }
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Why there is no token: the server gives none by name, can't be reached, or refused. */
export type SignInProblem = 'not-offered' | 'unreachable' | 'refused'

/** A token could not be had. */
export class SignInError extends Error {
  readonly problem: SignInProblem

  /** @param message a sentence for a person */
  constructor(problem: SignInProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SignInError'
    this.problem = problem
  }
}

const TIMEOUT_MS = 10_000

/** A fresh token for a name. Throws `SignInError`. */
export async function fetchDevToken(name: string): Promise<DevToken> {
  const response = await request(name)
  if (response.status === 404) {
    throw new SignInError('not-offered', 'This server does not offer sign-in by name.')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw new SignInError('refused', refusalOf(body))
  if (!isDevToken(body))
    throw new SignInError('refused', 'The server gave an answer that this page can’t read.')
  return body
}

async function request(name: string): Promise<Response> {
  try {
    return await fetch('/dev/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    throw new SignInError(
      'unreachable',
      'The server can’t be reached. Check that it is running, then try again.',
      {
        cause,
      },
    )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function refusalOf(body: unknown): string {
  const error = isObject(body) && isObject(body.error) ? body.error : body
  return isObject(error) && typeof error.message === 'string'
    ? error.message
    : 'The server refused this name.'
}

function isDevToken(body: unknown): body is DevToken {
  return (
    isObject(body) &&
    typeof body.token === 'string' &&
    typeof body.expiresAt === 'number' &&
    isObject(body.user) &&
    typeof body.user.id === 'string'
  )
}
