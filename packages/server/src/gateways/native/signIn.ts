// Who may connect, and as whom: a client's first command and its tokens.
import { type Commands, NowcastError, PROTOCOL_VERSION, type Results } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import { appDisabled } from '../../features/apps/registry.ts'
import type { VerifiedToken } from '../../foundation/auth/tokens.ts'
import type { SessionApp, SessionContext } from './sessionContext.ts'

/**
 * The app that a client asks for.
 * @throws NowcastError `unsupported_version`, `unknown_app`, `app_disabled` for one who asks for what is not here
 */
export function requireApp(
  { appOf }: Pick<SessionContext, 'appOf'>,
  { version, key }: Commands['connect'],
): SessionApp {
  if (version !== PROTOCOL_VERSION) {
    throw new NowcastError('unsupported_version', `This server speaks version ${PROTOCOL_VERSION}.`)
  }
  const app = appOf(key)
  if (app === undefined) throw new NowcastError('unknown_app', 'There is no such app.')
  if (!app.enabled) throw appDisabled()
  return app
}

/**
 * Whose token it is; undefined for one who connects without and may.
 * @throws NowcastError `unauthorized`, and what verifying throws
 */
export async function signIn(
  { tokens }: Pick<SessionApp, 'tokens'>,
  anonymous: boolean,
  token: string | undefined,
): Promise<VerifiedToken | undefined> {
  if (token !== undefined) return tokens.verify(token)
  if (anonymous) return undefined
  throw new NowcastError('unauthorized', 'A token is needed.')
}

/**
 * The same user's next token.
 * @throws NowcastError `unauthorized` when it is another's, and what verifying throws
 */
export async function signInAgain(
  { tokens }: Pick<SessionApp, 'tokens'>,
  user: User | undefined,
  token: string,
): Promise<VerifiedToken> {
  const verified = await tokens.verify(token)
  if (verified.user.id === user?.id) return verified
  throw new NowcastError('unauthorized', 'The token belongs to another user.')
}

/** A user as the user sees themselves. */
export function publicUser({ id, name, avatar }: User): NonNullable<Results['connect']['user']> {
  return { id, ...(name === undefined ? {} : { name }), ...(avatar === undefined ? {} : { avatar }) }
}
