// How publications travel through Redis: one message carries all that were published together. First a line with what they
// share, then a line for each: offset, space, and the rest as JSON, which is what the history keeps too.
import { createHash } from 'node:crypto'
import { ENVELOPE_VERSION, type Json, type Metadata, type Publication } from '@nowcast/protocol'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { PublishRequest } from '../engine.ts'

/** What of a publication is known before it has a place. */
interface Body {
  readonly id: string
  readonly name: string
  readonly data: Json
  readonly sender?: string
  readonly metadata?: Metadata
}

/** Publications that were published together, by one node. */
export interface Message {
  readonly epoch: string
  /** The node that published them. */
  readonly origin: string
  readonly publications: readonly Publication[]
}

/** The body of an event that gets its place in Redis. */
export function encodeBody({ id, name, data, sender, metadata }: PublishRequest | Publication): string {
  return JSON.stringify({ id, name, data, sender, metadata } satisfies {
    [Key in keyof Body]: Body[Key] | undefined
  })
}

/** Tells two events under one id apart. */
export function fingerprint({ name, data, metadata }: PublishRequest): string {
  return createHash('sha1')
    .update(JSON.stringify([name, data, metadata]))
    .digest('base64')
}

/** A publication from its body and place. */
export function decodeBody(
  channel: ChannelKey,
  body: string,
  offset: number,
  timestamp: number,
): Publication {
  const { id, name, data, sender, metadata }: Body = JSON.parse(body)
  return {
    channel: splitChannelKey(channel).channel,
    offset,
    id,
    version: ENVELOPE_VERSION,
    name,
    data,
    timestamp,
    ...(sender === undefined ? {} : { sender }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** A message of one publication that has its place already. */
export function encodeRelay(publication: Publication, epoch: string, origin: string): string {
  return `${epoch} ${publication.timestamp} ${origin}\n${publication.offset} ${encodeBody(publication)}`
}

/** Who published a message, without reading the rest of it. */
export function originOf(message: string): string {
  const end = message.indexOf('\n')
  return message.slice(message.lastIndexOf(' ', end) + 1, end)
}

/** Reads a message. */
export function decodeMessage(channel: ChannelKey, message: string): Message {
  const [head = '', ...lines] = message.split('\n')
  const [epoch = '', timestamp = '0', origin = ''] = head.split(' ')
  const publications = lines.map((line) => {
    const space = line.indexOf(' ')
    return decodeBody(channel, line.slice(space + 1), Number(line.slice(0, space)), Number(timestamp))
  })
  return { epoch, origin, publications }
}
