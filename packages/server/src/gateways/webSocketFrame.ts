// Complete WebSocket frames (RFC 6455, section 5.2) as servers send them: unmasked, unfragmented.
import { constants, deflateRawSync } from 'node:zlib'

const FIN_TEXT = 0x81
/** Marks a compressed message (RFC 7692, section 6). */
const RSV1 = 0x40
/** Ends what was compressed; it is left out on the wire (RFC 7692, section 7.2.1). */
const EMPTY_BLOCK_BYTES = 4

/** A text frame holding `text`. */
export function textFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text)
  const { frame, start } = unfilledFrame(FIN_TEXT, length)
  frame.write(text, start, 'utf8')
  return frame
}

/**
 * A text frame holding `text` compressed without context from earlier messages, so that the same bytes can go to every
 * connection that agreed on compression.
 */
export function deflatedTextFrame(text: string): Uint8Array {
  const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
  const payload = deflated.subarray(0, -EMPTY_BLOCK_BYTES)
  const { frame, start } = unfilledFrame(FIN_TEXT | RSV1, payload.length)
  frame.set(payload, start)
  return frame
}

/** What the text frames hold that `bytes` is made of: whole ones as made here, uncompressed. */
export function framePayloads(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const payloads: Buffer[] = []
  for (let start = 0; start < buffer.length; ) {
    const short = buffer.readUInt8(start + 1)
    const [head, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, buffer.readUInt16BE(start + 2)]
          : [10, Number(buffer.readBigUInt64BE(start + 2))]
    payloads.push(buffer.subarray(start + head, start + head + length))
    start += head + length
  }
  return payloads
}

function unfilledFrame(
  firstByte: number,
  length: number,
): { readonly frame: Buffer; readonly start: number } {
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = firstByte
  if (start === 2) frame[1] = length
  else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return { frame, start }
}
