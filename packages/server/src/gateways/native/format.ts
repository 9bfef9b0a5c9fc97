// The native protocol's encoding: JSON objects in text frames.
import type { Publication, Push, Reply, WireError } from '@nowcast/protocol'
import type { Gap, WireFormat } from '../../core/connection.ts'
import { deflatedTextFrame, textFrame } from '../webSocketFrame.ts'

/** A reply or push as a complete frame. */
export function encodeMessage(message: Reply | Push): Uint8Array {
  return textFrame(JSON.stringify(message))
}

/** What is delivered to native connections, encoded once for all of them. */
export const plainFormat: WireFormat = {
  event: (publication: Publication) => textFrame(eventText(publication)),
  gap: (gap: Gap) => encodeMessage({ type: 'gap', ...gap, action: 'reload' }),
  unsubscribed: (channel: string, error: WireError) =>
    encodeMessage({ type: 'unsubscribed', channel, error }),
  push: encodeMessage,
  skipped: (channel, offset) => encodeMessage({ type: 'skipped', channel, offset }),
}

/**
 * The same for connections that agreed on compression.
 * @param minBytes shorter ones are not compressed: it would cost more than it saves
 */
export function compressedFormat(minBytes: number): WireFormat {
  const frame = (text: string) =>
    Buffer.byteLength(text) < minBytes ? textFrame(text) : deflatedTextFrame(text)
  return {
    ...plainFormat,
    event: (publication) => frame(eventText(publication)),
    push: (push) => frame(JSON.stringify(push)),
  }
}

const eventText = (publication: Publication): string =>
  JSON.stringify({ type: 'event', ...publication } satisfies Push)
