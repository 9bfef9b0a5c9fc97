// What a publication is made of, the same in every engine.
import { ENVELOPE_VERSION, type Publication } from '@nowcast/protocol'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { PublishRequest } from './engine.ts'

/** What of a publication is known before it has a place. */
export type PublicationBody = Pick<PublishRequest, 'id' | 'name' | 'data' | 'sender' | 'metadata' | 'exclude'>

/** A publication from its body and place. */
export function toPublication(
  channel: ChannelKey,
  { id, name, data, sender, metadata, exclude }: PublicationBody,
  offset: number,
  timestamp: number,
): Publication {
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
    ...(exclude === undefined ? {} : { exclude }),
  }
}

/** What two events under one id must have in common to be the same event. */
export const contentOf = ({ name, data, metadata }: PublicationBody): string =>
  JSON.stringify([name, data, metadata])
