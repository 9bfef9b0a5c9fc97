// Sizes that both ends of the protocol hold to. The server's configuration may lower or raise those it announces.

/** Version of the native protocol. */
export const PROTOCOL_VERSION = 1

/** Path of the native WebSocket endpoint. */
export const NATIVE_PATH = '/nowcast'

/** Fixed limits of the native protocol, version 1. */
export const limits = {
  /** Characters of a channel name. */
  channelLength: 200,
  /** Characters of an event name. */
  eventNameLength: 200,
  /** Characters of an event or message id. */
  idLength: 128,
  /** Nesting depth of JSON anywhere in a frame's data. */
  dataDepth: 32,
  /** Channels in one subscribe or unsubscribe command. */
  channelsPerCommand: 200,
  /** Commands in one frame. */
  commandsPerFrame: 100,
  /** Publications in one history page. */
  historyPage: 100,
  /** Bytes of JSON of a message's metadata. */
  messageMetadataBytes: 4_096,
  /** Events in one batch over HTTP. */
  batch: 100,
  /** Users in one command. */
  usersPerCommand: 200,
  /** Characters of what a user says of themselves. */
  statusText: 100,
  /** Users that one message mentions. */
  mentions: 20,
  /** Attachments of one message; names and media types have at most 200 characters, addresses 2,000. */
  attachments: 10,
  /** Characters of a reaction: one emoji, which may be made of several. */
  reactionLength: 32,
  /** Different reactions to one message. */
  reactions: 20,
  /** Pinned messages of one conversation. */
  pins: 50,
  /** Unread messages are counted up to here. */
  unread: 100,
  /** Messages of an inbox. */
  inbox: 100,
} as const
