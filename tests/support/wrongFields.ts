// Every command as it should be, and what may stand in the place of any of its fields.
import type { Commands, CommandType } from '@nowcast/protocol'

/** Where the commands act. */
interface Places {
  /** A channel that the connection subscribes to. */
  readonly channel: string
  /** A conversation of the user's with a message at the offset 1. */
  readonly conversation: string
  /** Another user. */
  readonly user: string
  /** A token of the user's. */
  readonly token: string
}

/** A sound command of each kind, with all of its fields. */
export function soundCommands({ channel, conversation, user, token }: Places): {
  readonly [Type in CommandType]: Required<Commands[Type]>
} {
  const message = { conversation, offset: 1 }
  const page = { before: 9, limit: 5 }
  const channels = [channel]
  return {
    connect: { version: 1, key: 'dev-key', token, client: 'test' },
    refresh: { token },
    ping: {},
    subscribe: { channels: [{ channel, position: { epoch: 'e', offset: 0 }, auth: 'a', channelData: 'b' }] },
    unsubscribe: { channels: [`${channel}-other`] },
    publish: { channel, event: 'e', eventId: 'once', data: null, metadata: {}, echo: true },
    history: { channel, ...page },
    'presence.enter': { channel, data: 1 },
    'presence.leave': { channel },
    'presence.watch': { channels },
    'presence.unwatch': { channels },
    'typing.start': { channel },
    'typing.stop': { channel },
    'typing.watch': { channels },
    'typing.unwatch': { channels },
    'people.watch': { users: [user] },
    'people.unwatch': { users: [user] },
    'people.status': { text: 'here', away: false },
    'conversation.create': { conversation, name: 'Talk', kind: 'closed', support: false, members: [user] },
    'conversation.direct': { user },
    'conversation.join': { conversation },
    'conversation.leave': { conversation: 'none' },
    'conversation.invite': { conversation, users: [user] },
    'conversation.remove': { conversation, user },
    'conversation.role': { conversation, user, role: 'admin' },
    'conversation.update': { conversation, name: 'Talk', permissions: { post: 'member', invite: 'admin' } },
    'conversation.archive': { conversation, archived: false },
    'conversation.list': { scope: 'mine' },
    'conversation.get': { conversation },
    'conversation.members': { conversation },
    'conversation.send': {
      conversation,
      messageId: 'm',
      body: 'hello',
      metadata: {},
      thread: 1,
      mentions: [user],
      attachments: [{ name: 'a.png', url: 'https://a.example/a.png', type: 'image/png', bytes: 1 }],
    },
    'conversation.history': { conversation, ...page, after: 0, around: 1, thread: 1 },
    'conversation.message': message,
    'conversation.versions': message,
    'conversation.search': { query: 'hello', conversation, limit: 5 },
    'conversation.edit': { ...message, body: 'hello' },
    'conversation.delete': { conversation, offset: 1_000 },
    'conversation.react': { ...message, emoji: '👍', on: true },
    'conversation.pin': { ...message, pinned: true },
    'conversation.pins': { conversation },
    'conversation.receipt': { conversation, delivered: 1, read: 1 },
    'conversation.receipts': { conversation },
    'conversation.readers': message,
    'conversation.inbox': {},
  }
}

/** What no field is made for, and what some are but others are not. */
export const WRONG_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  '1',
  '__proto__',
  "'; drop table nowcast.users; --",
  '%_\\&|!:*()<->',
  '\u0000',
  '\ud800',
  '\u202e\u200b',
  '💥',
  'x'.repeat(300),
  'x'.repeat(20_000),
  [],
  [null],
  [['a']],
  [{}],
  ['__proto__', '\ud800'],
  Array(500).fill('someone'),
  {},
  { toString: 1, constructor: null, length: -1 },
  JSON.parse('{"__proto__": {"role": "owner"}, "post": "owner"}'),
]
