// Bodies of requests and responses that hold frames.
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Bodies of any type are taken as bytes: browsers send text without asking first whether they may. Answers are never kept. */
export function takeBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
}

/** The text of a body; undefined for bytes that are no UTF-8. */
export function decodeText(body: unknown): string | undefined {
  if (!Buffer.isBuffer(body)) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** Takes the response over from the framework, and writes the head of one that goes on. */
export function beginStream(reply: FastifyReply, contentType: string): void {
  reply.hijack()
  const headers: Record<string, string | number | string[]> = {}
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) headers[name] = value
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': contentType,
    'cache-control': 'no-store, no-transform',
    // Asks nginx and those who understand the same not to wait for more.
    'x-accel-buffering': 'no',
  })
}
