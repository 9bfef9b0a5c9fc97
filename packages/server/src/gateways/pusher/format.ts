// The encoding of Pusher's protocol, version 7: events in text frames, whose data is a string of JSON.
import type { Member, PersonStatus, Publication, Push, WireError } from '@nowcast/protocol'
import type { Gap, WireFormat } from '../../core/connection.ts'
import { textFrame } from '../webSocketFrame.ts'
import { pusherName } from './channels.ts'
import { encode } from './eventData.ts'
import { toUserInfo } from './memberInfo.ts'

/** Names that only the server itself uses. */
const RESERVED = /^pusher(_internal)?:/
const NOTHING = new Uint8Array(0)

/** A message of the server as a complete frame. @param channel as Pusher's clients know it */
export function encodeEvent(event: string, data: object, channel?: string): Uint8Array {
  return textFrame(
    JSON.stringify({ event, ...(channel === undefined ? {} : { channel }), data: JSON.stringify(data) }),
  )
}

/** A cache channel has no last event. */
export const encodeCacheMiss = (channel: string): Uint8Array =>
  textFrame(JSON.stringify({ event: 'pusher:cache_miss', channel }))

/** An event that was published. */
export function encodePublication({
  channel,
  name,
  data,
  sender,
}: Pick<Publication, 'channel' | 'name' | 'data' | 'sender'>): Uint8Array {
  // Who may publish must not speak for the server.
  if (RESERVED.test(name)) return NOTHING
  const isByMember = sender !== undefined && channel.startsWith('presence-') && name.startsWith('client-')
  return textFrame(
    JSON.stringify({
      event: name,
      channel: pusherName(channel),
      data: encode(data),
      ...(isByMember ? { user_id: sender } : {}),
    }),
  )
}

/** What is delivered to all connections that speak Pusher's protocol. */
export const pusherFormat: WireFormat = {
  onlineOnly: true,
  event: encodePublication,
  // Pusher has no word for it; clients that don't know the event do nothing. Of encrypted channels they expect ciphertext.
  gap: ({ channel, reason }: Gap) =>
    channel.startsWith('private-encrypted-')
      ? NOTHING
      : encodeEvent('nowcast:gap', { reason }, pusherName(channel)),
  unsubscribed: (channel: string, error: WireError) =>
    encodeEvent(
      'pusher:subscription_error',
      { type: 'AuthError', error: error.message, status: 403 },
      pusherName(channel),
    ),
  push,
  subscriptionCount: (channel, count) =>
    encodeEvent('pusher_internal:subscription_count', { subscription_count: count }, pusherName(channel)),
}

function push(push: Push): Uint8Array {
  switch (push.type) {
    case 'presence':
      return encodeMembers(push)
    case 'presence.changed':
      return encodeChanges(push)
    case 'people':
      return encodePeople(push.people)
    default:
      return NOTHING
  }
}

function encodeMembers({ channel, count, members }: Extract<Push, { type: 'presence' }>): Uint8Array {
  const hash = Object.fromEntries(members.map((member) => [member.id, toUserInfo(member)]))
  const presence = { count, ids: members.map(({ id }) => id), hash }
  return encodeEvent('pusher_internal:subscription_succeeded', { presence }, channel)
}

function encodeChanges({
  channel,
  joined = [],
  left = [],
}: Extract<Push, { type: 'presence.changed' }>): Uint8Array {
  return Buffer.concat([
    ...left.map((id) => encodeEvent('pusher_internal:member_removed', { user_id: id }, channel)),
    ...joined.map((member) => encodeEvent('pusher_internal:member_added', toMemberData(member), channel)),
  ])
}

const toMemberData = (member: Member): object => ({ user_id: member.id, user_info: toUserInfo(member) })

function encodePeople(people: readonly PersonStatus[]): Uint8Array {
  const offline = people.filter(({ status }) => status === 'offline')
  const online = people.filter(({ status }) => status !== 'offline')
  const events = [
    { name: 'online', user_ids: online.map(({ id }) => id) },
    { name: 'offline', user_ids: offline.map(({ id }) => id) },
  ].filter(({ user_ids }) => user_ids.length > 0)
  return encodeEvent('pusher_internal:watchlist_events', { events })
}
