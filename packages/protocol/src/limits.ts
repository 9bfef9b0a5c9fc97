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
} as const
