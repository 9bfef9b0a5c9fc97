// Reads the fields of a command one by one: each function answers with a value of its type, or says what is wrong.
import type { Attachment, ConversationPermissions, Role } from './conversations.ts'
import type { Json, Metadata, Position } from './envelope.ts'
import { NowcastError } from './errors.ts'
import { holdsText, isObject } from './json.ts'
import { limits } from './limits.ts'
import type { SubscribeRequest } from './messages.ts'
import { isChannelName, isEventName, isId, isText } from './names.ts'

const TEXT = 'text of whole characters, none of them U+0000'

/** The fields of a command, not looked at yet. */
export type Fields = { readonly [key: string]: Json }

export function channelOnly(fields: Fields): { channel: string } {
  return { channel: channelName(fields.channel) }
}

export function channelList(fields: Fields): { channels: readonly string[] } {
  return { channels: list(fields, 'channels').map(channelName) }
}

export function conversationOnly(fields: Fields): { conversation: string } {
  return { conversation: conversationId(fields) }
}

export function messageOnly(fields: Fields): { conversation: string; offset: number } {
  return {
    conversation: conversationId(fields),
    offset: integer(fields, 'offset', 1, Number.MAX_SAFE_INTEGER),
  }
}

export function invalid(field: string, expected: string): NowcastError {
  return new NowcastError('invalid_command', `"${field}" must be ${expected}.`, { field })
}

export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw invalid(field, 'given')
  return value
}

export function string(fields: Fields, field: string): string {
  const value = fields[field]
  if (typeof value !== 'string') throw invalid(field, 'a string')
  if (!isText(value)) throw invalid(field, TEXT)
  return value
}

/** A trimmed-length-checked optional string. */
export function text(fields: Fields, field: string, maxLength: number): string | undefined {
  if (fields[field] === undefined || fields[field] === null) return undefined
  const value = string(fields, field)
  if (value.trim() === '' || value.length > maxLength) throw invalid(field, `1 to ${maxLength} characters`)
  return value
}

export function boolean(fields: Fields, field: string): boolean | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  if (typeof value !== 'boolean') throw invalid(field, 'true or false')
  return value
}

export function integer(fields: Fields, field: string, min: number, max: number): number {
  const value = fields[field]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(field, `an integer from ${min} to ${max}`)
  }
  return value
}

export function optionalInteger(fields: Fields, field: string, min: number, max: number): number | undefined {
  return fields[field] === undefined ? undefined : integer(fields, field, min, max)
}

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

export function offset(fields: Fields, field: string): number | undefined {
  return optionalInteger(fields, field, 1, Number.MAX_SAFE_INTEGER)
}

export function role(fields: Fields, field: string): Role | undefined {
  return oneOf(fields, field, ['owner', 'admin', 'member'])
}

export function permissions(fields: Fields): Partial<ConversationPermissions> | undefined {
  const value = fields.permissions
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('permissions', 'an object')
  return { ...optional('post', role(value, 'post')), ...optional('invite', role(value, 'invite')) }
}

export function attachments(fields: Fields): readonly Attachment[] | undefined {
  return fields.attachments === undefined
    ? undefined
    : list(fields, 'attachments', limits.attachments).map(attachment)
}

export function attachment(value: Json): Attachment {
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

export function users(
  fields: Fields,
  field: 'users' | 'members' | 'mentions',
  max: number,
): readonly string[] {
  return list(fields, field, max).map((value) => userId(value, field))
}

export function identifier(fields: Fields, field: string): string {
  const value = string(fields, field)
  if (!isId(value)) throw invalid(field, `1 to ${limits.idLength} visible ASCII characters`)
  return value
}

export function conversationId(fields: Fields): string {
  const value = identifier(fields, 'conversation')
  if (!isChannelName(value)) throw invalid('conversation', 'made of letters, digits and _-=@,.;:/#')
  return value
}

export function userId(value: Json | undefined, field: 'user' | 'users' | 'members' | 'mentions'): string {
  if (typeof value !== 'string' || value === '' || value.length > limits.idLength || !isText(value)) {
    throw invalid(field, field === 'user' ? 'a user id' : 'a list of user ids')
  }
  return value
}

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

export function eventName(value: Json | undefined): string {
  if (typeof value !== 'string' || !isEventName(value)) {
    throw new NowcastError('invalid_event', `An event name is 1 to ${limits.eventNameLength} characters.`, {
      field: 'event',
    })
  }
  return value
}

export function metadata(fields: Fields): Metadata | undefined {
  const value = fields.metadata
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('metadata', 'an object')
  if (!holdsText(value)) throw invalid('metadata', TEXT)
  return value
}

export function page(fields: Fields): { before?: number; limit?: number } {
  return {
    ...optional('before', optionalInteger(fields, 'before', 1, Number.MAX_SAFE_INTEGER)),
    ...optional('limit', optionalInteger(fields, 'limit', 1, limits.historyPage)),
  }
}

export function subscribeRequest(value: Json): SubscribeRequest {
  if (!isObject(value)) throw invalid('channels', 'a list of objects with a channel')
  // Whether it is the name of a channel is each one's own outcome.
  if (typeof value.channel !== 'string') throw invalid('channels', 'a list of objects with a channel')
  return { channel: value.channel, ...optional('position', position(value.position)) }
}

export function position(value: Json | undefined): Position | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('position', 'an object with epoch and offset')
  return { epoch: identifier(value, 'epoch'), offset: integer(value, 'offset', 0, Number.MAX_SAFE_INTEGER) }
}
