// Turns a decoded JSON object into a typed command, or says which field is wrong. Checked by hand: this is
// on the way of every message.

import type { Commands, CommandType } from './commands.ts'
import { NowcastError } from './errors.ts'
import {
  attachments,
  boolean,
  channelList,
  channelName,
  channelOnly,
  conversationId,
  conversationOnly,
  eventName,
  type Fields,
  identifier,
  integer,
  invalid,
  list,
  messageOnly,
  metadata,
  offset,
  oneOf,
  optional,
  optionalInteger,
  page,
  permissions,
  required,
  role,
  string,
  subscribeRequest,
  text,
  userId,
  users,
} from './fields.ts'
import { limits } from './limits.ts'
import type { Command } from './messages.ts'

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
  unsubscribe: channelList,
  publish: (fields) => ({
    channel: channelName(fields.channel),
    event: eventName(fields.event),
    eventId: identifier(fields, 'eventId'),
    data: fields.data ?? null,
    ...optional('metadata', metadata(fields)),
    ...optional('echo', boolean(fields, 'echo')),
  }),
  history: (fields) => ({ channel: channelName(fields.channel), ...page(fields) }),
  'presence.enter': (fields) => ({
    channel: channelName(fields.channel),
    ...optional('data', fields.data),
  }),
  'presence.leave': channelOnly,
  'presence.watch': channelList,
  'presence.unwatch': channelList,
  'typing.start': channelOnly,
  'typing.stop': channelOnly,
  'typing.watch': channelList,
  'typing.unwatch': channelList,
  'people.watch': (fields) => ({ users: users(fields, 'users', limits.usersPerCommand) }),
  'people.unwatch': (fields) => ({ users: users(fields, 'users', limits.usersPerCommand) }),
  'people.status': (fields) => ({
    ...(fields.text === null ? { text: null } : optional('text', text(fields, 'text', limits.statusText))),
    ...optional('away', boolean(fields, 'away')),
  }),
  'conversation.create': (fields) => ({
    name: required(text(fields, 'name', 100), 'name'),
    ...optional('conversation', fields.conversation === undefined ? undefined : conversationId(fields)),
    ...optional('kind', oneOf(fields, 'kind', ['open', 'closed'])),
    ...optional('support', boolean(fields, 'support')),
    ...optional(
      'members',
      fields.members === undefined ? undefined : users(fields, 'members', limits.usersPerCommand),
    ),
  }),
  'conversation.direct': (fields) => ({ user: userId(fields.user, 'user') }),
  'conversation.join': conversationOnly,
  'conversation.leave': conversationOnly,
  'conversation.invite': (fields) => ({
    conversation: conversationId(fields),
    users: users(fields, 'users', limits.usersPerCommand),
  }),
  'conversation.remove': (fields) => ({
    conversation: conversationId(fields),
    user: userId(fields.user, 'user'),
  }),
  'conversation.role': (fields) => ({
    conversation: conversationId(fields),
    user: userId(fields.user, 'user'),
    role: required(role(fields, 'role'), 'role'),
  }),
  'conversation.update': (fields) => ({
    conversation: conversationId(fields),
    ...optional('name', text(fields, 'name', 100)),
    ...optional('permissions', permissions(fields)),
  }),
  'conversation.archive': (fields) => ({
    conversation: conversationId(fields),
    archived: required(boolean(fields, 'archived'), 'archived'),
  }),
  'conversation.list': (fields) => ({ scope: oneOf(fields, 'scope', ['mine', 'open']) ?? 'mine' }),
  'conversation.get': conversationOnly,
  'conversation.members': conversationOnly,
  'conversation.send': (fields) => ({
    conversation: conversationId(fields),
    messageId: identifier(fields, 'messageId'),
    body: string(fields, 'body'),
    ...optional('metadata', metadata(fields)),
    ...optional('thread', offset(fields, 'thread')),
    ...optional(
      'mentions',
      fields.mentions === undefined ? undefined : users(fields, 'mentions', limits.mentions),
    ),
    ...optional('attachments', attachments(fields)),
  }),
  'conversation.history': (fields) => ({
    conversation: conversationId(fields),
    ...page(fields),
    ...optional('after', optionalInteger(fields, 'after', 0, Number.MAX_SAFE_INTEGER)),
    ...optional('around', offset(fields, 'around')),
    ...optional('thread', offset(fields, 'thread')),
  }),
  'conversation.message': messageOnly,
  'conversation.versions': messageOnly,
  'conversation.search': (fields) => ({
    query: required(text(fields, 'query', 200), 'query'),
    ...optional('conversation', fields.conversation === undefined ? undefined : conversationId(fields)),
    ...optional('limit', optionalInteger(fields, 'limit', 1, limits.historyPage)),
  }),
  'conversation.edit': (fields) => ({ ...messageOnly(fields), body: string(fields, 'body') }),
  'conversation.delete': messageOnly,
  'conversation.react': (fields) => ({
    ...messageOnly(fields),
    emoji: required(text(fields, 'emoji', limits.reactionLength), 'emoji'),
    on: required(boolean(fields, 'on'), 'on'),
  }),
  'conversation.pin': (fields) => ({
    ...messageOnly(fields),
    pinned: required(boolean(fields, 'pinned'), 'pinned'),
  }),
  'conversation.pins': conversationOnly,
  'conversation.receipt': (fields) => ({
    conversation: conversationId(fields),
    ...optional('delivered', offset(fields, 'delivered')),
    ...optional('read', offset(fields, 'read')),
  }),
  'conversation.receipts': conversationOnly,
  'conversation.readers': messageOnly,
  'conversation.inbox': () => ({}),
}

function isCommandType(type: string): type is CommandType {
  return Object.hasOwn(parsers, type)
}
