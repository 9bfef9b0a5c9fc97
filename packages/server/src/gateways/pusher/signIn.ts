// Signing in: the application's backend says which user a connection belongs to.
import { type Json, NowcastError } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { App } from '../../features/apps/app.ts'
import { isUserId } from '../../foundation/auth/tokens.ts'
import type { PusherSettings } from '../../foundation/config/schema.ts'
import { verifyUser } from './authorization.ts'
import { encodeEvent } from './format.ts'
import { checkUserInfo, parseSigned, parseUserId } from './member.ts'
import { fromUserInfo } from './memberInfo.ts'
import type { SignInMessage } from './messages.ts'
import type { PusherConnection, SignedIn } from './pusherConnection.ts'

/** A user as the application has signed for them. */
interface SignedUser extends SignedIn {
  /** Ids of the users whose coming and going the user hears of. */
  readonly watchlist: readonly string[]
  /** What was signed, with an id that is text. */
  readonly userData: string
}

/**
 * Makes the connection its user's. A signature that does not hold ends the connection.
 * @throws NowcastError `already_connected` when somebody has signed in before, and what watching throws
 */
export async function signIn(connection: PusherConnection, app: App, message: SignInMessage): Promise<void> {
  if (connection.signedIn !== undefined) {
    throw new NowcastError('already_connected', 'This connection has signed in before.')
  }
  let signed: SignedUser
  try {
    verifyUser(app.keys, message.auth, { socketId: connection.id, userData: message.userData })
    signed = parseUser(message.userData, app.pusher)
  } catch (error) {
    if (!(error instanceof NowcastError)) throw error
    connection.end(error)
    return
  }
  const { user, userInfo, watchlist, userData } = signed
  connection.signedIn = { user, userInfo }
  const { people } = app.features
  people.connected(connection)
  connection.outbox.push(encodeEvent('pusher:signin_success', { user_data: userData }))
  if (watchlist.length > 0) await people.watch(connection, watchlist)
}

/** @throws NowcastError `invalid_command`, `data_too_large` */
function parseUser(
  text: string,
  bounds: Pick<PusherSettings, 'maxUserIdLength' | 'maxMemberBytes' | 'maxWatchlist'>,
): SignedUser {
  const { id: givenId, user_info: userInfo, watchlist: watched, ...claims } = parseSigned(text, 'user_data')
  const id = parseUserId(givenId, 'id', bounds.maxUserIdLength)
  if (!isUserId(id)) throw invalid('id', 'the id of a user')
  checkUserInfo(userInfo, bounds.maxMemberBytes)
  const { name: _name, avatar: _avatar, ...others } = claims
  const user: User = { ...others, ...fromUserInfo(userInfo).profile, id }
  return {
    user,
    userInfo,
    watchlist: parseWatchlist(watched, bounds),
    userData: typeof givenId === 'string' ? text : JSON.stringify({ ...parseSigned(text, 'user_data'), id }),
  }
}

function parseWatchlist(
  watched: Json | undefined,
  { maxWatchlist, maxUserIdLength }: Pick<PusherSettings, 'maxWatchlist' | 'maxUserIdLength'>,
): readonly string[] {
  if (watched === undefined || watched === null) return []
  if (!Array.isArray(watched) || watched.length > maxWatchlist) {
    throw invalid('watchlist', `a list of at most ${maxWatchlist} ids`)
  }
  return watched.map((id) => parseUserId(id, 'watchlist', maxUserIdLength))
}

const invalid = (field: string, expected: string) =>
  new NowcastError('invalid_command', `"${field}" must be ${expected}.`, { field })
