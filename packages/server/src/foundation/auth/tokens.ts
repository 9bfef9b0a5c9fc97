// Who is behind a connection: verifies JSON Web Tokens (RFC 7519) signed with the app's secret or the
// application's own keys.
import { isChannelName, isText, NowcastError, userChannel } from '@nowcast/protocol'
import {
  type CryptoKey,
  createRemoteJWKSet,
  errors,
  importSPKI,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'

/** Which keys may sign tokens, and what tokens must say. */
export interface TokenOptions {
  /** For HS256. */
  readonly secret: string
  /** PEM-encoded public keys, for RS256 and ES256. */
  readonly publicKeys: readonly string[]
  /** Address of a JSON Web Key Set, for RS256 and ES256. */
  readonly jwks?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** A verified token. */
export interface VerifiedToken {
  readonly user: {
    readonly id: string
    readonly name?: string
    readonly avatar?: string
    readonly [claim: string]: unknown
  }
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt?: number
}

const ASYMMETRIC = ['RS256', 'ES256'] as const
const CLOCK_TOLERANCE_SECONDS = 5
const MAX_USER_ID_BYTES = 128
const MAX_NAME_LENGTH = 100
const MAX_AVATAR_LENGTH = 500

/** Verifies the tokens of one app. */
export class TokenVerifier {
  readonly #options: TokenOptions
  readonly #secret: Uint8Array
  readonly #publicKeys: Promise<CryptoKey>[]
  readonly #remoteKeys: JWTVerifyGetKey | undefined

  /** @throws Error when a public key is not PEM of a supported kind, at the first verification */
  constructor(options: TokenOptions) {
    this.#options = options
    this.#secret = new TextEncoder().encode(options.secret)
    this.#publicKeys = options.publicKeys.map(importPublicKey)
    for (const key of this.#publicKeys) key.catch(() => {})
    this.#remoteKeys =
      options.jwks === undefined
        ? undefined
        : createRemoteJWKSet(new URL(options.jwks), { timeoutDuration: 5_000, cooldownDuration: 10_000 })
  }

  /**
   * The user that a token speaks for.
   * @throws NowcastError `token_expired`, `unauthorized`, or `unavailable` when the key set can't be fetched
   */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      return toVerified(await this.#payload(token))
    } catch (cause) {
      throw toRefusal(cause)
    }
  }

  async #payload(token: string): Promise<JWTPayload> {
    const algorithm = algorithmOf(token)
    const common = {
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      ...(this.#options.issuer === undefined ? {} : { issuer: this.#options.issuer }),
      ...(this.#options.audience === undefined ? {} : { audience: this.#options.audience }),
    }
    if (algorithm === 'HS256') {
      return (await jwtVerify(token, this.#secret, { ...common, algorithms: ['HS256'] })).payload
    }
    const verification = { ...common, algorithms: [...ASYMMETRIC] }
    for (const key of await Promise.all(this.#publicKeys)) {
      const verified = await jwtVerify(token, key, verification).catch((error: unknown) => {
        // A key of another kind or another signer: the next key may fit.
        if (error instanceof TypeError || error instanceof errors.JWSSignatureVerificationFailed)
          return undefined
        throw error
      })
      if (verified !== undefined) return verified.payload
    }
    if (this.#remoteKeys === undefined)
      throw new NowcastError('unauthorized', 'No configured key has signed the token.')
    return (await jwtVerify(token, this.#remoteKeys, verification)).payload
  }
}

async function importPublicKey(pem: string): Promise<CryptoKey> {
  return importSPKI(pem, 'RS256').catch(() => importSPKI(pem, 'ES256'))
}

function algorithmOf(token: string): unknown {
  const header = token.slice(0, token.indexOf('.'))
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')).alg
  } catch {
    return undefined
  }
}

/** True for the id of a user: 1 to 128 bytes of text, whose escapes fit into the name of the user's channel. */
export const isUserId = (id: string): boolean =>
  id !== '' && Buffer.byteLength(id) <= MAX_USER_ID_BYTES && isText(id) && isChannelName(userChannel(id))

function toVerified(payload: JWTPayload): VerifiedToken {
  const { sub, exp, name, avatar, ...claims } = payload
  // Whoever signs tokens may have put anything there.
  const id: unknown = sub
  if (typeof id !== 'string' || !isUserId(id)) {
    throw new NowcastError(
      'unauthorized',
      'The token names no user: its "sub" must be 1 to 128 bytes of text.',
    )
  }
  return {
    user: {
      ...claims,
      id,
      ...(typeof name === 'string' ? { name: shown('name', name, MAX_NAME_LENGTH) } : {}),
      ...(typeof avatar === 'string' ? { avatar: shown('avatar', avatar, MAX_AVATAR_LENGTH) } : {}),
    },
    ...(exp === undefined ? {} : { expiresAt: exp * 1_000 }),
  }
}

function shown(claim: string, text: string, maxLength: number): string {
  if (!isText(text)) throw new NowcastError('unauthorized', `The token's "${claim}" can't be stored.`)
  return text.length <= maxLength ? text : [...text].slice(0, maxLength).join('')
}

function toRefusal(cause: unknown): NowcastError {
  if (cause instanceof NowcastError) return cause
  if (cause instanceof errors.JWTExpired)
    return new NowcastError('token_expired', 'The token has expired.', { cause })
  if (isKeySetOutage(cause)) {
    return new NowcastError('unavailable', "The application's key set can't be fetched now.", { cause })
  }
  return new NowcastError('unauthorized', 'The token is not valid.', { cause })
}

function isKeySetOutage(cause: unknown): boolean {
  if (cause instanceof TypeError) return /fetch/.test(cause.message)
  // The general code is jose's for an answer that is no key set.
  return (
    cause instanceof errors.JWKSTimeout ||
    cause instanceof errors.JWKSInvalid ||
    (cause instanceof errors.JOSEError && cause.code === 'ERR_JOSE_GENERIC')
  )
}
