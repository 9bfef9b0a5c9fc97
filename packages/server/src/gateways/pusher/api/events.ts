// Reads the bodies of POST /events and /batch_events. Checked by hand: this is the way of every event that a backend sends.
import { isObject, type Json, NowcastError, withinDepth } from '@nowcast/protocol'
import { ChannelPolicies } from '../../../features/channels/policies.ts'
import { conversationOf } from '../../../features/chat/channels.ts'
import type { PusherSettings } from '../../../foundation/config/schema.ts'
import { decode } from '../eventData.ts'
import { type Attribute, parseAttributes } from './attributes.ts'
import { isConnectionId, isEncryptedChannel, isEvent, isReservedEvent, targetOf } from './names.ts'

/** An event that a backend wants to be sent. */
export interface Event {
  readonly name: string
  readonly data: Json
  /** Names as the backend has them, each once, and the channels of ours. */
  readonly channels: ReadonlyMap<string, string>
  /** The connection that does not get it. */
  readonly exclude: string | undefined
  /** What the answer is to tell of the channels; undefined when nothing was asked for. */
  readonly info: readonly Attribute[] | undefined
}

/** More than any body has. */
const BODY_DEPTH = 8

type Fields = { readonly [name: string]: Json }

/** The JSON of a body. @throws NowcastError `invalid_command` */
export function parseBody(body: Buffer): Fields {
  let parsed: Json
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new NowcastError('invalid_command', 'The body must be JSON', { cause })
  }
  if (!isObject(parsed) || !withinDepth(parsed, BODY_DEPTH)) {
    throw invalid('The body must be a JSON object, with lists and objects only where they belong')
  }
  return parsed
}

/** The event for one or several channels. @throws NowcastError `invalid_command`, `data_too_large`, `forbidden` */
export function parseEvent(fields: Fields, settings: PusherSettings): Event {
  const { channels, channel } = fields
  if (channels === undefined || channels === null) return toEvent(fields, [channel ?? null], settings)
  if (!Array.isArray(channels) || channels.length === 0) throw invalid('channels must be a list of names')
  if (channels.length > settings.maxChannelsPerEvent) {
    throw invalid(`An event can be sent to at most ${settings.maxChannelsPerEvent} channels`)
  }
  return toEvent(fields, channels, settings)
}

/** The events of a batch. @throws NowcastError `invalid_command`, `data_too_large`, `forbidden` */
export function parseBatch({ batch }: Fields, settings: PusherSettings): readonly Event[] {
  if (!Array.isArray(batch) || batch.length === 0) throw invalid('batch must be a list of events')
  if (batch.length > settings.maxBatch) throw invalid(`A batch has at most ${settings.maxBatch} events`)
  return batch.map((fields: Json) => {
    if (!isObject(fields)) throw invalid('batch must be a list of events')
    return toEvent(fields, [fields.channel ?? null], settings)
  })
}

function toEvent(fields: Fields, names: readonly Json[], settings: PusherSettings): Event {
  const { name, data, socket_id: exclude, info } = fields
  if (typeof name !== 'string') throw invalid('Missing required parameter: name')
  if (isReservedEvent(name)) throw invalid(`Event names can't begin with ${name.split(':')[0]}:`)
  if (!isEvent(name, settings)) {
    throw invalid(
      `name must have 1 to ${settings.maxEventNameLength} characters, none of them a control character`,
    )
  }
  if (typeof data !== 'string') throw invalid('Missing required parameter: data, as a string')
  // Most data is far from the limit, whatever its characters.
  if (data.length * 3 > settings.maxEventBytes && Buffer.byteLength(data) > settings.maxEventBytes) {
    throw new NowcastError(
      'data_too_large',
      `The data content of this event exceeds the allowed maximum (${settings.maxEventBytes} bytes)`,
    )
  }
  return {
    name,
    data: decode(data),
    channels: toChannels(names, settings),
    exclude: toExcluded(exclude),
    info:
      info === undefined || info === null
        ? undefined
        : parseAttributes(info, ['user_count', 'subscription_count']),
  }
}

function toChannels(names: readonly Json[], settings: PusherSettings): ReadonlyMap<string, string> {
  const channels = new Map<string, string>()
  for (const name of names) {
    if (name === null) throw invalid('Missing required parameter: channel')
    const target = typeof name === 'string' ? targetOf(name, settings) : undefined
    if (typeof name !== 'string' || target === undefined) {
      throw invalid(`Invalid channel name: ${JSON.stringify(name).slice(0, 250)}`)
    }
    // The keys of two channels are not the same.
    if (names.length > 1 && isEncryptedChannel(name)) {
      throw invalid('An event for an encrypted channel can be sent to no other channel')
    }
    if (conversationOf(target) !== undefined) throw ChannelPolicies.refusal('publish', name)
    channels.set(name, target)
  }
  return channels
}

function toExcluded(exclude: Json | undefined): string | undefined {
  if (exclude === undefined || exclude === null) return undefined
  if (typeof exclude === 'string' && isConnectionId(exclude)) return exclude
  throw invalid(`Invalid socket id: ${JSON.stringify(exclude).slice(0, 100)}`)
}

const invalid = (message: string) => new NowcastError('invalid_command', message)
