// Reads the body of a request, and never more of it than it may have.
import type { IncomingMessage } from 'node:http'
import { NowcastError } from '@nowcast/protocol'

const NO_BODY = Buffer.alloc(0)

/**
 * The bytes of a body.
 * @throws NowcastError `data_too_large`, before more than `maxBytes` were read; `invalid_command` when it ends too early
 */
export function readBody(raw: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { 'content-length': declared, 'transfer-encoding': encoding } = raw.headers
  if (encoding === undefined && (declared === undefined || declared === '0')) return Promise.resolve(NO_BODY)
  if (Number(declared ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) settle(tooLarge(maxBytes))
      else chunks.push(chunk)
    }
    const end = () => settle()
    const lost = () => settle(new NowcastError('invalid_command', 'The body did not come'))
    const settle = (error?: NowcastError) => {
      raw.off('data', take).off('end', end).off('close', lost).off('error', lost)
      if (error !== undefined) {
        // What still comes is let go of.
        raw.on('error', () => {}).resume()
        reject(error)
        return
      }
      const [first] = chunks
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks))
    }
    raw.on('data', take).on('end', end).on('close', lost).on('error', lost)
  })
}

const tooLarge = (maxBytes: number) =>
  new NowcastError(
    'data_too_large',
    `The body of this request exceeds the allowed maximum (${maxBytes} bytes)`,
  )
