// What Pusher's clients say, parsed: JSON objects that name an event, each with data that may itself be a text of JSON.
import { isObject, type Json, limits, NowcastError, withinDepth } from '@nowcast/protocol'

/** A message of a client, well formed. */
export type Message =
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | ({ readonly kind: 'subscribe' } & SubscribeMessage)
  | { readonly kind: 'unsubscribe'; readonly channel: string }
  | ({ readonly kind: 'signin' } & SignInMessage)
  | ({ readonly kind: 'event' } & EventMessage)

/** A wish to subscribe. */
export interface SubscribeMessage {
  readonly channel: string
  readonly auth: string | undefined
  /** Who the client is on a presence channel, in JSON as it was signed. */
  readonly channelData: string | undefined
}

/** A wish to sign in. */
export interface SignInMessage {
  readonly auth: string | undefined
  /** Who the client is, in JSON as it was signed. */
  readonly userData: string
}

/** An event for the other subscribers of a channel. */
export interface EventMessage {
  readonly event: string
  readonly channel: string
  readonly data: Json
}

type Fields = { readonly [field: string]: Json }

/** The message itself, and its data. */
const DEPTH = limits.dataDepth + 1

/**
 * Parses a text frame.
 * @throws NowcastError `malformed_frame`, `data_too_deep`, `unknown_command`, `invalid_command`
 */
export function parseMessage(text: string): Message {
  const fields = parseObject(text)
  const { event } = fields
  if (typeof event !== 'string') throw invalid('event', 'a string')
  switch (event) {
    case 'pusher:ping':
      return { kind: 'ping' }
    case 'pusher:pong':
      return { kind: 'pong' }
    case 'pusher:subscribe':
      return { kind: 'subscribe', ...parseSubscribe(dataOf(fields)) }
    case 'pusher:unsubscribe':
      return { kind: 'unsubscribe', channel: requiredText(dataOf(fields), 'channel') }
    case 'pusher:signin':
      return { kind: 'signin', ...parseSignIn(dataOf(fields)) }
  }
  if (event.startsWith('client-')) {
    return { kind: 'event', event, channel: requiredText(fields, 'channel'), data: fields.data ?? null }
  }
  throw new NowcastError(
    'unknown_command',
    'Clients send events of the protocol, and such as begin with client-.',
  )
}

function parseSubscribe(data: Fields): SubscribeMessage {
  return {
    channel: requiredText(data, 'channel'),
    auth: optionalText(data, 'auth'),
    channelData: optionalText(data, 'channel_data'),
  }
}

function parseSignIn(data: Fields): SignInMessage {
  return { auth: optionalText(data, 'auth'), userData: requiredText(data, 'user_data') }
}

function parseObject(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NowcastError('malformed_frame', 'A message must be JSON.', { cause })
  }
  if (!isObject(value)) throw new NowcastError('malformed_frame', 'A message must be a JSON object.')
  if (withinDepth(value, DEPTH)) return value
  throw new NowcastError('data_too_deep', `JSON may be nested at most ${DEPTH} levels deep.`)
}

/** The data of an event of the protocol: an object, or one as text. */
function dataOf({ data }: Fields): Fields {
  if (typeof data === 'string') return parseObject(data)
  if (isObject(data)) return data
  throw invalid('data', 'an object')
}

function requiredText(fields: Fields, field: string): string {
  const value = fields[field]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(field, 'a string')
}

function optionalText(fields: Fields, field: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw invalid(field, 'a string')
}

const invalid = (field: string, expected: string) =>
  new NowcastError('invalid_command', `"${field}" must be ${expected}.`, { field })
