// Reads the fields of a command one by one: each function answers with a value of its type, or says what is wrong
// (`invalid_command` with the name of the field, where nothing else is said).
import type { SubscribeRequest } from './commands.ts'
import type { Attachment, ConversationPermissions, Role } from './conversations.ts'
import type { Json, Metadata, Position } from './envelope.ts'
import { NowcastError } from './errors.ts'
import { holdsText, isObject } from './json.ts'
import { limits } from './limits.ts'
import { isChannelName, isEventName, isId, isText } from './names.ts'

/** A key, which may be long, and a signature. */
const MAX_AUTH = 512
const MAX_CHANNEL_DATA = 4_096
const TEXT = 'text of whole characters, none of them U+0000'

/** The fields of a command, not looked at yet. */
export type Fields = { readonly [key: string]: Json }

/** The one field of a command about a channel. */
export function channelOnly(fields: Fields): { channel: string } {
  return { channel: channelName(fields.channel) }
}

/** The one field of a command about several channels. */
export function channelList(fields: Fields): { channels: readonly string[] } {
  return { channels: list(fields, 'channels').map(channelName) }
}

/** The one field of a command about a conversation. */
export function conversationOnly(fields: Fields): { conversation: string } {
  return { conversation: conversationId(fields) }
}

/** The fields that say which message a command is about. */
export function messageOnly(fields: Fields): { conversation: string; offset: number } {
  return {
    conversation: conversationId(fields),
    offset: integer(fields, 'offset', 1, Number.MAX_SAFE_INTEGER),
  }
}

/** The error that says which field is wrong and what it must be. */
export function invalid(field: string, expected: string): NowcastError {
  return new NowcastError('invalid_command', `"${field}" must be ${expected}.`, { field })
}

/** The property when there is a value, nothing otherwise: to be spread into a command. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

/** The value. @throws NowcastError `invalid_command` when there is none */
export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw invalid(field, 'given')
  return value
}

/** A text that must be there, of any length, even empty. */
export function string(fields: Fields, field: string): string {
  const value = fields[field]
  if (typeof value !== 'string') throw invalid(field, 'a string')
  if (!isText(value)) throw invalid(field, TEXT)
  return value
}

/** A text of 1 to `maxLength` characters, not only of white space, when it is given; null stands for not given. */
export function text(fields: Fields, field: string, maxLength: number): string | undefined {
  if (fields[field] === undefined || fields[field] === null) return undefined
  const value = string(fields, field)
  if (value.trim() === '' || value.length > maxLength) throw invalid(field, `1 to ${maxLength} characters`)
  return value
}

/** True or false, when it is given. */
export function boolean(fields: Fields, field: string): boolean | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  if (typeof value !== 'boolean') throw invalid(field, 'true or false')
  return value
}

/** A whole number from `min` to `max`, which must be there. */
export function integer(fields: Fields, field: string, min: number, max: number): number {
  const value = fields[field]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(field, `an integer from ${min} to ${max}`)
  }
  return value
}

/** A whole number from `min` to `max`, when it is given. */
export function optionalInteger(fields: Fields, field: string, min: number, max: number): number | undefined {
  return fields[field] === undefined ? undefined : integer(fields, field, min, max)
}

/** One of the choices, when it is given. */
export function oneOf<const T extends string>(
  fields: Fields,
  field: string,
  choices: readonly T[],
): T | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw invalid(field, `one of ${choices.join(', ')}`)
  return choice
}

/** The offset of a message, when it is given. */
export function offset(fields: Fields, field: string): number | undefined {
  return optionalInteger(fields, field, 1, Number.MAX_SAFE_INTEGER)
}

/** A role in a conversation, when it is given. */
export function role(fields: Fields, field: string): Role | undefined {
  return oneOf(fields, field, ['owner', 'admin', 'member'])
}

/** What roles may do in a conversation, as far as it is given. */
export function permissions(fields: Fields): Partial<ConversationPermissions> | undefined {
  const value = fields.permissions
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('permissions', 'an object')
  return { ...optional('post', role(value, 'post')), ...optional('invite', role(value, 'invite')) }
}

/** The files that a message refers to, when they are given. */
export function attachments(fields: Fields): readonly Attachment[] | undefined {
  return fields.attachments === undefined
    ? undefined
    : list(fields, 'attachments', limits.attachments).map(attachment)
}

function attachment(value: Json): Attachment {
  if (!isObject(value)) throw invalid('attachments', 'a list of objects with a name and an url')
  const url = required(text(value, 'url', 2_000), 'url')
  // A link with any other scheme could run as code in the page that shows it.
  if (!/^https?:\/\//i.test(url)) throw invalid('url', 'an address with http: or https:')
  return {
    name: required(text(value, 'name', 200), 'name'),
    url,
    ...optional('type', text(value, 'type', 200)),
    ...optional('bytes', optionalInteger(value, 'bytes', 0, Number.MAX_SAFE_INTEGER)),
  }
}

/** A list that is neither empty nor longer than `max`; what it holds is not looked at yet. */
export function list(
  fields: Fields,
  field: string,
  max: number = limits.channelsPerCommand,
): readonly Json[] {
  const value = fields[field]
  if (!Array.isArray(value) || value.length < 1 || value.length > max) {
    throw invalid(field, `a list of 1 to ${max}`)
  }
  return value
}

/** A list of user ids that is neither empty nor longer than `max`. */
export function users(
  fields: Fields,
  field: 'users' | 'members' | 'mentions',
  max: number,
): readonly string[] {
  return list(fields, field, max).map((value) => userId(value, field))
}

/** An id that the client has chosen, which must be there. */
export function identifier(fields: Fields, field: string): string {
  const value = string(fields, field)
  if (!isId(value)) throw invalid(field, `1 to ${limits.idLength} visible ASCII characters`)
  return value
}

/** The id of a conversation: part of the name of its channel, so made of the same characters. */
export function conversationId(fields: Fields): string {
  const value = identifier(fields, 'conversation')
  if (!isChannelName(value)) throw invalid('conversation', 'made of letters, digits and _-=@,.;:/#')
  return value
}

/** The id of a user, as the application's tokens say it. */
export function userId(value: Json | undefined, field: 'user' | 'users' | 'members' | 'mentions'): string {
  if (typeof value !== 'string' || value === '' || value.length > limits.idLength || !isText(value)) {
    throw invalid(field, field === 'user' ? 'a user id' : 'a list of user ids')
  }
  return value
}

/** The name of a channel. @throws NowcastError `invalid_channel` */
export function channelName(value: Json | undefined): string {
  if (typeof value !== 'string' || !isChannelName(value)) {
    throw new NowcastError(
      'invalid_channel',
      `A channel name is 1 to ${limits.channelLength} of letters, digits and _-=@,.;:/#`,
      { field: 'channel' },
    )
  }
  return value
}

/** The name of an event. @throws NowcastError `invalid_event` */
export function eventName(value: Json | undefined): string {
  if (typeof value !== 'string' || !isEventName(value)) {
    throw new NowcastError('invalid_event', `An event name is 1 to ${limits.eventNameLength} characters.`, {
      field: 'event',
    })
  }
  return value
}

/** What the application adds to a message or an event, when it is given. */
export function metadata(fields: Fields): Metadata | undefined {
  const value = fields.metadata
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('metadata', 'an object')
  if (!holdsText(value)) throw invalid('metadata', TEXT)
  return value
}

/** Which page of a history: before which offset, and how many at most. */
export function page(fields: Fields): { before?: number; limit?: number } {
  return {
    ...optional('before', optionalInteger(fields, 'before', 1, Number.MAX_SAFE_INTEGER)),
    ...optional('limit', optionalInteger(fields, 'limit', 1, limits.historyPage)),
  }
}

/** One channel to subscribe to. */
export function subscribeRequest(value: Json): SubscribeRequest {
  if (!isObject(value)) throw invalid('channels', 'a list of objects with a channel')
  // Whether it is the name of a channel is each one's own outcome.
  if (typeof value.channel !== 'string') throw invalid('channels', 'a list of objects with a channel')
  return {
    channel: value.channel,
    ...optional('position', position(value.position)),
    ...optional('auth', optionalText(value, 'auth', MAX_AUTH)),
    ...optional('channelData', optionalText(value, 'channelData', MAX_CHANNEL_DATA)),
  }
}

function optionalText(fields: Fields, name: string, maxLength: number): string | undefined {
  const value = fields[name]
  if (value === undefined || (typeof value === 'string' && value.length <= maxLength)) return value
  throw invalid(name, `a text of at most ${maxLength} characters`)
}

function position(value: Json | undefined): Position | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('position', 'an object with epoch and offset')
  return { epoch: identifier(value, 'epoch'), offset: integer(value, 'offset', 0, Number.MAX_SAFE_INTEGER) }
}
