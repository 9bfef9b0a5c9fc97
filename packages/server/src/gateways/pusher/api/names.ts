// Which names of channels and events Pusher's protocol has, and which channel of ours each one is.
import { isEventName, isText, userChannel } from '@nowcast/protocol'
import type { PusherSettings } from '../../../foundation/config/schema.ts'

/** Channels that carry a user's own events begin with this, in Pusher's protocol. */
const SERVER_TO_USER = '#server-to-user-'
const CHANNEL = /^[A-Za-z0-9_\-=@,.;]+$/
const CONNECTION = /^\d{1,20}\.\d{1,20}$/

/** Whether a channel has members. */
export const isPresenceChannel = (channel: string): boolean => channel.startsWith('presence-')

/** Whether what is sent on a channel can be read by its subscribers only. */
export const isEncryptedChannel = (channel: string): boolean => channel.startsWith('private-encrypted-')

/** Whether a name is one that a channel can have. */
export const isChannel = (name: string, { maxChannelLength }: PusherSettings): boolean =>
  name.length <= maxChannelLength && CHANNEL.test(name)

/** Whether an event that the application sends may have this name. */
export const isEvent = (name: string, { maxEventNameLength }: PusherSettings): boolean =>
  name.length <= maxEventNameLength && isEventName(name)

/** Whether only the server itself sends events of this name. */
export const isReservedEvent = (name: string): boolean =>
  name.startsWith('pusher:') || name.startsWith('pusher_internal:')

/** Whether a text has the form of a connection's id. */
export const isConnectionId = (text: string): boolean => CONNECTION.test(text)

/** Whether a text can be the id of a user. */
export const isUserId = (id: string, { maxUserIdLength }: PusherSettings): boolean =>
  id.length > 0 && id.length <= maxUserIdLength && isText(id)

/** The channel of ours that an event for a channel or a user goes to; undefined when the name is neither's. */
export function targetOf(name: string, settings: PusherSettings): string | undefined {
  if (name.startsWith(SERVER_TO_USER)) {
    const user = name.slice(SERVER_TO_USER.length)
    return isUserId(user, settings) ? userChannel(user) : undefined
  }
  return isChannel(name, settings) ? name : undefined
}
