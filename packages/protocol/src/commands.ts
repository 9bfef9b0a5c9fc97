// Turns a decoded JSON object into a typed command, or says which field is wrong. Checked by hand: this is
// on the way of every message.
import type { Json, Metadata, Position } from './envelope.ts'
import { NowcastError } from './errors.ts'
import { holdsText, isObject } from './json.ts'
import { limits } from './limits.ts'
import type { Command, Commands, CommandType, SubscribeRequest } from './messages.ts'
import { isChannelName, isEventName, isId, isText } from './names.ts'

const TEXT = 'text of whole characters, none of them U+0000'

type Fields = { readonly [key: string]: Json }

/**
 * The command that a decoded object stands for. Unknown fields are ignored, so newer clients can talk to older servers.
 * @throws NowcastError `invalid_command` with the offending field, `unknown_command`, `invalid_channel`, `invalid_event`
 */
export function parseCommand(fields: Fields): Command {
  const { type, id } = fields
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) throw invalid('id', 'a positive integer')
  if (typeof type !== 'string') throw invalid('type', 'the name of a command')
  if (!isCommandType(type))
    throw new NowcastError('unknown_command', `There is no command "${type.slice(0, 64)}".`)
  return { type, id, ...parsers[type](fields) } as Command
}

const parsers: { readonly [T in CommandType]: (fields: Fields) => Commands[T] } = {
  connect: (fields) => ({
    version: integer(fields, 'version', 1, Number.MAX_SAFE_INTEGER),
    ...optional('key', text(fields, 'key', 200)),
    ...optional('token', text(fields, 'token', 16_384)),
    ...optional('client', text(fields, 'client', 100)),
  }),
  refresh: (fields) => ({ token: required(text(fields, 'token', 16_384), 'token') }),
  ping: () => ({}),
  subscribe: (fields) => ({ channels: list(fields, 'channels').map(subscribeRequest) }),
  unsubscribe: (fields) => ({ channels: list(fields, 'channels').map(channelName) }),
  publish: (fields) => ({
    channel: channelName(fields.channel),
    event: eventName(fields.event),
    eventId: identifier(fields, 'eventId'),
    data: fields.data ?? null,
    ...optional('metadata', metadata(fields)),
  }),
  history: (fields) => ({ channel: channelName(fields.channel), ...page(fields) }),
  'conversation.create': (fields) => ({
    name: required(text(fields, 'name', 100), 'name'),
    ...optional('conversation', fields.conversation === undefined ? undefined : conversationId(fields)),
    ...optional('kind', oneOf(fields, 'kind', ['open', 'closed'])),
    ...optional('support', boolean(fields, 'support')),
    ...optional(
      'members',
      fields.members === undefined
        ? undefined
        : list(fields, 'members').map((value) => userId(value, 'members')),
    ),
  }),
  'conversation.direct': (fields) => ({ user: userId(fields.user, 'user') }),
  'conversation.join': (fields) => ({ conversation: conversationId(fields) }),
  'conversation.leave': (fields) => ({ conversation: conversationId(fields) }),
  'conversation.list': (fields) => ({ scope: oneOf(fields, 'scope', ['mine', 'open']) ?? 'mine' }),
  'conversation.get': (fields) => ({ conversation: conversationId(fields) }),
  'conversation.members': (fields) => ({ conversation: conversationId(fields) }),
  'conversation.send': (fields) => ({
    conversation: conversationId(fields),
    messageId: identifier(fields, 'messageId'),
    body: string(fields, 'body'),
    ...optional('metadata', metadata(fields)),
  }),
  'conversation.history': (fields) => ({ conversation: conversationId(fields), ...page(fields) }),
  'conversation.search': (fields) => ({
    query: required(text(fields, 'query', 200), 'query'),
    ...optional('conversation', fields.conversation === undefined ? undefined : conversationId(fields)),
    ...optional('limit', optionalInteger(fields, 'limit', 1, limits.historyPage)),
  }),
  'conversation.edit': (fields) => ({
    conversation: conversationId(fields),
    offset: integer(fields, 'offset', 1, Number.MAX_SAFE_INTEGER),
    body: string(fields, 'body'),
  }),
  'conversation.delete': (fields) => ({
    conversation: conversationId(fields),
    offset: integer(fields, 'offset', 1, Number.MAX_SAFE_INTEGER),
  }),
}

function isCommandType(type: string): type is CommandType {
  return Object.hasOwn(parsers, type)
}

function invalid(field: string, expected: string): NowcastError {
  return new NowcastError('invalid_command', `"${field}" must be ${expected}.`, { field })
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw invalid(field, 'given')
  return value
}

function string(fields: Fields, field: string): string {
  const value = fields[field]
  if (typeof value !== 'string') throw invalid(field, 'a string')
  if (!isText(value)) throw invalid(field, TEXT)
  return value
}

/** A trimmed-length-checked optional string. */
function text(fields: Fields, field: string, maxLength: number): string | undefined {
  if (fields[field] === undefined || fields[field] === null) return undefined
  const value = string(fields, field)
  if (value.trim() === '' || value.length > maxLength) throw invalid(field, `1 to ${maxLength} characters`)
  return value
}

function boolean(fields: Fields, field: string): boolean | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  if (typeof value !== 'boolean') throw invalid(field, 'true or false')
  return value
}

function integer(fields: Fields, field: string, min: number, max: number): number {
  const value = fields[field]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(field, `an integer from ${min} to ${max}`)
  }
  return value
}

function optionalInteger(fields: Fields, field: string, min: number, max: number): number | undefined {
  return fields[field] === undefined ? undefined : integer(fields, field, min, max)
}

function oneOf<const T extends string>(fields: Fields, field: string, choices: readonly T[]): T | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw invalid(field, `one of ${choices.join(', ')}`)
  return choice
}

function list(fields: Fields, field: string): readonly Json[] {
  const value = fields[field]
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.channelsPerCommand) {
    throw invalid(field, `a list of 1 to ${limits.channelsPerCommand}`)
  }
  return value
}

function identifier(fields: Fields, field: string): string {
  const value = string(fields, field)
  if (!isId(value)) throw invalid(field, `1 to ${limits.idLength} visible ASCII characters`)
  return value
}

function conversationId(fields: Fields): string {
  const value = identifier(fields, 'conversation')
  if (!isChannelName(value)) throw invalid('conversation', 'made of letters, digits and _-=@,.;:/#')
  return value
}

function userId(value: Json | undefined, field: 'user' | 'members'): string {
  if (typeof value !== 'string' || value === '' || value.length > limits.idLength || !isText(value)) {
    throw invalid(field, field === 'user' ? 'a user id' : 'a list of user ids')
  }
  return value
}

function channelName(value: Json | undefined): string {
  if (typeof value !== 'string' || !isChannelName(value)) {
    throw new NowcastError(
      'invalid_channel',
      `A channel name is 1 to ${limits.channelLength} of letters, digits and _-=@,.;:/#`,
      { field: 'channel' },
    )
  }
  return value
}

function eventName(value: Json | undefined): string {
  if (typeof value !== 'string' || !isEventName(value)) {
    throw new NowcastError('invalid_event', `An event name is 1 to ${limits.eventNameLength} characters.`, {
      field: 'event',
    })
  }
  return value
}

function metadata(fields: Fields): Metadata | undefined {
  const value = fields.metadata
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('metadata', 'an object')
  if (!holdsText(value)) throw invalid('metadata', TEXT)
  return value
}

function page(fields: Fields): { before?: number; limit?: number } {
  return {
    ...optional('before', optionalInteger(fields, 'before', 1, Number.MAX_SAFE_INTEGER)),
    ...optional('limit', optionalInteger(fields, 'limit', 1, limits.historyPage)),
  }
}

function subscribeRequest(value: Json): SubscribeRequest {
  if (!isObject(value)) throw invalid('channels', 'a list of objects with a channel')
  // Whether it is the name of a channel is each one's own outcome.
  if (typeof value.channel !== 'string') throw invalid('channels', 'a list of objects with a channel')
  return { channel: value.channel, ...optional('position', position(value.position)) }
}

function position(value: Json | undefined): Position | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('position', 'an object with epoch and offset')
  return { epoch: identifier(value, 'epoch'), offset: integer(value, 'offset', 0, Number.MAX_SAFE_INTEGER) }
}
