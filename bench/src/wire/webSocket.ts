// The little of WebSocket (RFC 6455) that the bench speaks by hand: handshake, frames out, frame headers in.
import { createHash, randomBytes } from 'node:crypto'

const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Opcodes that the bench tells apart. */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`. */
export const acceptKey = (key: string): string =>
  createHash('sha1')
    .update(key + WEB_SOCKET_GUID)
    .digest('base64')

/** The request that asks a server to upgrade. */
export const upgradeRequest = (path: string, port: number): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`

/** A complete text frame as servers send it: unmasked. */
export const serverFrame = (text: string): Buffer => frame(opcodes.text, text, false)

/** A complete text frame as clients send it: masked, with a mask of zeros that changes nothing. */
export const clientFrame = (text: string): Buffer => frame(opcodes.text, text, true)

/** The answer to a ping without content. */
export const clientPong: Buffer = frame(opcodes.pong, '', true)

function frame(opcode: number, text: string, masked: boolean): Buffer {
  const payload = Buffer.from(text)
  const mask = masked ? 0x80 : 0
  const key = Buffer.alloc(masked ? 4 : 0)
  if (payload.length < 126)
    return Buffer.concat([Buffer.of(0x80 | opcode, mask | payload.length), key, payload])
  const header = Buffer.from([0x80 | opcode, mask | 126, 0, 0])
  if (payload.length >= 65_536) throw new RangeError('The bench sends no frame above 65,535 bytes.')
  header.writeUInt16BE(payload.length, 2)
  return Buffer.concat([header, key, payload])
}

/** Where a frame's payload lies in the bytes, or undefined when they don't hold the whole header. */
export interface FrameHeader {
  readonly opcode: number
  /** Where the payload begins. */
  readonly start: number
  readonly length: number
}

/** Reads the header of an unmasked frame at `at`. */
export function readHeader(bytes: Uint8Array, at: number, end: number): FrameHeader | undefined {
  if (end - at < 2) return undefined
  const opcode = (bytes[at] ?? 0) & 0x0f
  const short = (bytes[at + 1] ?? 0) & 0x7f
  if (short < 126) return { opcode, start: at + 2, length: short }
  const sizeBytes = short === 126 ? 2 : 8
  if (end - at < 2 + sizeBytes) return undefined
  let length = 0
  for (let index = at + 2; index < at + 2 + sizeBytes; index += 1) length = length * 256 + (bytes[index] ?? 0)
  return { opcode, start: at + 2 + sizeBytes, length }
}
