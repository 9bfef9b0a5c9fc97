// What Pusher's names of channels mean: a prefix says who may subscribe and what else is special. Only the channel on which
// a backend speaks to one user has another name here.
import { isText, limits, NowcastError, USER_CHANNEL_PREFIX, userChannel } from '@nowcast/protocol'

/** Who may subscribe: anybody whom the policies allow, who has a signature, members, or one user. */
export type ChannelKind = 'public' | 'private' | 'presence' | 'user'

/** A channel by its name. */
export interface PusherChannel {
  /** As Pusher's clients say it. */
  readonly name: string
  /** As the hub and all other protocols know it. */
  readonly channel: string
  readonly kind: ChannelKind
  /** Who subscribes is told the last event first. */
  readonly isCache: boolean
  /** Only its subscribers can read it, so only the backend speaks. */
  readonly isEncrypted: boolean
}

const TO_USER = '#server-to-user-'
const NAME = /^[A-Za-z0-9_\-=@,.;]+$/

/**
 * The channel of that name.
 * @param maxLength characters of a name
 * @throws NowcastError `invalid_channel`
 */
export function parseChannel(name: string, maxLength: number): PusherChannel {
  if (name.startsWith(TO_USER)) {
    const user = name.slice(TO_USER.length)
    if (user.length > limits.idLength || !isText(user)) {
      throw new NowcastError('invalid_channel', 'This is the channel of no user.', { field: 'channel' })
    }
    const channel = userChannel(user)
    return { name, channel, kind: 'user', isCache: false, isEncrypted: false }
  }
  if (name.length > maxLength) {
    throw new NowcastError('invalid_channel', `The name of a channel has at most ${maxLength} characters.`, {
      field: 'channel',
    })
  }
  if (!NAME.test(name)) {
    throw new NowcastError('invalid_channel', `"${name}" is not the name of a channel.`, { field: 'channel' })
  }
  // What is said on the channel of a user is told under the name that Pusher has for it.
  if (name.startsWith(USER_CHANNEL_PREFIX)) {
    throw new NowcastError(
      'invalid_channel',
      `Names that begin with "${USER_CHANNEL_PREFIX}" are kept for the channels of single users.`,
      { field: 'channel' },
    )
  }
  const isEncrypted = name.startsWith('private-encrypted-')
  return {
    name,
    channel: name,
    kind: name.startsWith('private-') ? 'private' : name.startsWith('presence-') ? 'presence' : 'public',
    isCache: /^(private-encrypted-|private-|presence-)?cache-/.test(name),
    isEncrypted,
  }
}

/** A channel's name as Pusher's clients know it. */
export function pusherName(channel: string): string {
  if (!channel.startsWith(USER_CHANNEL_PREFIX)) return channel
  const user = channel.slice(USER_CHANNEL_PREFIX.length)
  if (!user.startsWith('=')) return TO_USER + user
  return TO_USER + decodeURIComponent(user.slice(1).replaceAll('=', '%'))
}
