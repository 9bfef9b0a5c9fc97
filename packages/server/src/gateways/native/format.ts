// The native protocol's encoding: JSON objects in text frames.
import type { Publication, Push, Reply, WireError } from '@nowcast/protocol'
import type { Gap, WireFormat } from '../../core/connection.ts'
import { textFrame } from '../webSocketFrame.ts'

/** A reply or push as a complete frame. */
export function encodeMessage(message: Reply | Push): Uint8Array {
  return textFrame(JSON.stringify(message))
}

/** What is delivered to native connections, encoded once for all of them. */
export const nativeFormat: WireFormat = {
  event: (publication: Publication) => encodeMessage({ type: 'event', ...publication }),
  gap: (gap: Gap) => encodeMessage({ type: 'gap', ...gap, action: 'reload' }),
  unsubscribed: (channel: string, error: WireError) =>
    encodeMessage({ type: 'unsubscribed', channel, error }),
}
