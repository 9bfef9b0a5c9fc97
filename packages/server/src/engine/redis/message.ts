// How publications travel through Redis: one message carries all that were published together. First a line with what they
// share, then a line for each: offset, space, and the rest as JSON, which is what the history keeps too.
import { hash } from 'node:crypto'
import type { Publication } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import { contentOf, type PublicationBody, toPublication } from '../publication.ts'

/** Publications that were published together, by one node. */
export interface Message {
  readonly epoch: string
  /** The node that published them. */
  readonly origin: string
  readonly publications: readonly Publication[]
}

/** The body of an event that gets its place in Redis. */
export function encodeBody({ id, name, data, sender, metadata, exclude }: PublicationBody): string {
  return JSON.stringify({ id, name, data, sender, metadata, exclude })
}

/** Tells two events under one id apart; always of one length. */
export const fingerprint = (body: PublicationBody): string => hash('sha1', contentOf(body), 'base64')

/** A publication from its encoded body and place. */
export function decodeBody(
  channel: ChannelKey,
  encoded: string,
  offset: number,
  timestamp: number,
): Publication {
  const body: PublicationBody = JSON.parse(encoded)
  return toPublication(channel, body, offset, timestamp)
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
