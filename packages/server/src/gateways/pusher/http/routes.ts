// What pusher-js's own transports over HTTP ask for. Any node takes any request.
import { errorKinds, NowcastError, type TransportName } from '@nowcast/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../../foundation/clock.ts'
import type { AddressOf } from '../../address.ts'
import type { IsEncrypted } from '../../encryption.ts'
import { beginStream, decodeText, takeBytes } from '../../overHttp/bodies.ts'
import { decodeMessages, OPEN, PRELUDE } from './framing.ts'
import type { PusherHttpSessions, RequestNumber } from './httpSessions.ts'
import { poll } from './polling.ts'
import type { Receiver, SessionCalls } from './sessionCalls.ts'
import { Streaming } from './streaming.ts'

/** What the routes work with. */
export interface PusherHttpParts {
  readonly sessions: Pick<PusherHttpSessions, 'open'>
  readonly calls: SessionCalls
  readonly clock: Clock
  readonly addressOf: AddressOf
  readonly isEncrypted: IsEncrypted
  readonly maxFrameBytes: number
  /** Whether clients are to go elsewhere. */
  readonly isDraining: () => boolean
}

const PATH = '/pusher/app/:key/:server/:session'
/** As SockJS has it. */
const CONTENT_TYPE = 'application/javascript; charset=utf-8'
/** Messages are text within text, whose quotes are escaped, and the array around them. */
const ESCAPED = 2
const OVERHEAD_BYTES = 1_024

const part = z.string().regex(/^[\w-]{1,64}$/)
const numbering = z.object({
  n: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
})
const place = z.object({ key: z.string(), server: part, session: part })

/** Adds the routes. */
export function pusherHttpRoutes(server: FastifyInstance, parts: PusherHttpParts): void {
  const { calls, clock, isDraining } = parts
  server.register(async (scope) => {
    takeBytes(scope)

    scope.post(`${PATH}/xhr_streaming`, async (request, reply) => {
      const { receiver, isNew } = await receive(parts, request, 'stream')
      beginStream(reply, CONTENT_TYPE)
      const streaming = new Streaming(reply.raw, clock)
      streaming.write(isNew ? PRELUDE + OPEN : PRELUDE)
      await streaming.carry(receiver)
    })

    scope.post(`${PATH}/xhr`, async (request, reply) => {
      const { receiver, isNew } = await receive(parts, request, 'polling')
      reply.type(CONTENT_TYPE)
      if (isNew) return OPEN
      leaveWith(reply, receiver)
      return poll(receiver, clock, () => isDraining() || reply.raw.destroyed)
    })

    scope.post(`${PATH}/xhr_send`, {
      bodyLimit: parts.maxFrameBytes * ESCAPED + OVERHEAD_BYTES,
      handler: async (request, reply) => {
        const { id, number } = placeOf(request)
        const text = decodeText(request.body)
        if (text === undefined) throw new NowcastError('invalid_encoding', 'Messages must be UTF-8.')
        await calls.messages(id, decodeMessages(text), number)
        return reply.status(204).send()
      },
      errorHandler: async (error, request) => {
        if (error.statusCode === errorKinds.frame_too_large.status) await calls.tooLarge(placeOf(request).id)
        throw error
      },
    })
  })
}

/** Comes for the messages of a session, which begins when there is none of that name. */
async function receive(
  { sessions, calls, addressOf, isEncrypted }: PusherHttpParts,
  request: FastifyRequest,
  transport: TransportName,
): Promise<{ readonly receiver: Receiver; readonly isNew: boolean }> {
  const { id, key, number } = placeOf(request)
  const known = await calls.receiver(id, number)
  if (known !== undefined) return { receiver: known, isNew: false }
  const query = new URLSearchParams(request.url.split('?')[1] ?? '')
  const asked = { key, query, isEncrypted: isEncrypted(request.raw) }
  await sessions.open(id, { transport, asked, address: addressOf(request.raw), number })
  const receiver = await calls.receiver(id)
  if (receiver === undefined) throw noSession()
  return { receiver, isNew: true }
}

/** Nobody reads an answer that has nowhere to go. */
function leaveWith({ raw }: FastifyReply, receiver: Receiver): void {
  raw.once('close', () => {
    if (!raw.writableFinished) receiver.leave()
  })
}

/** What a request is for: a session, whose name means one only together with the app's key. */
interface Place {
  readonly id: string
  readonly key: string
  readonly number: RequestNumber
}

function placeOf(request: FastifyRequest): Place {
  const asked = place.safeParse(request.params)
  if (!asked.success) throw noSession()
  const { key, server, session } = asked.data
  return { id: `${key}/${server}/${session}`, key, number: numbering.parse(request.query).n }
}

const noSession = (): NowcastError => new NowcastError('not_found', 'There is no such session.')
