// A channel's name within its app, as one string: the key of every table in core and engine.

/** A channel of one app: `<app id>:<channel name>`. */
export type ChannelKey = string & { readonly __brand: 'ChannelKey' }

/** The key of a channel. App ids hold no colon, so the first one separates. */
export const channelKey = (app: string, channel: string): ChannelKey => `${app}:${channel}` as ChannelKey

/** The app and name behind a key. */
export function splitChannelKey(key: ChannelKey): { readonly app: string; readonly channel: string } {
  const colon = key.indexOf(':')
  return { app: key.slice(0, colon), channel: key.slice(colon + 1) }
}
