// The native protocol over HTTP. Any node takes any request: one for another node's session is handed on to that node.
import { type ErrorCode, errorKinds, type Json, NowcastError, transportPaths } from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { NodeCalls } from '../../../core/nodeCalls.ts'
import type { Clock } from '../../../foundation/clock.ts'
import type { AddressOf } from '../../address.ts'
import { beginStream, decodeText, takeBytes } from '../../overHttp/bodies.ts'
import { CALL_TIMEOUT_MS, MAX_SILENCE_MS, readPollAnswer, WAIT_SLICE_MS } from '../../overHttp/waiting.ts'
import { type HttpSessions, noSession } from './httpSessions.ts'
import type { SessionIds } from './sessionIds.ts'

/** What the routes work with. */
export interface NativeHttpParts {
  readonly sessions: HttpSessions
  readonly ids: SessionIds
  readonly calls: Pick<NodeCalls, 'call' | 'serve'>
  readonly clock: Clock
  readonly addressOf: AddressOf
  readonly heartbeatMs: number
  readonly maxFrameBytes: number
}

const EVENT_STREAM = 'text/event-stream; charset=utf-8'
const MAX_ID_LENGTH = 500

const number = z.coerce.number().int().max(Number.MAX_SAFE_INTEGER)
const sessionQuery = z.object({ session: z.string().max(MAX_ID_LENGTH) })
const pollQuery = sessionQuery.extend({ after: number.min(0).default(0) })
const frameQuery = sessionQuery.extend({ n: number.min(1) })

const pollCall = z.object({ session: z.string(), after: z.number(), waitMs: z.number() })
const framesCall = z.object({ session: z.string(), n: z.number(), text: z.string() })
const endCall = z.object({
  session: z.string(),
  error: z.enum(['frame_too_large', 'invalid_encoding']).optional(),
})

/** Answers what other nodes hand on. */
export function serveHandedOn({ calls, sessions }: Pick<NativeHttpParts, 'calls' | 'sessions'>): void {
  calls.serve('session.poll', async (payload) => {
    const { session, after, waitMs } = pollCall.parse(payload)
    return sessions.poll(session, after, waitMs)
  })
  calls.serve('session.frames', async (payload) => {
    const { session, n, text } = framesCall.parse(payload)
    sessions.receive(session, n, text)
    return {}
  })
  calls.serve('session.end', async (payload) => {
    const { session, error } = endCall.parse(payload)
    sessions.end(session, error && new NowcastError(error, END_REASONS[error]))
    return {}
  })
}

const END_REASONS = {
  frame_too_large: 'The frame is too large.',
  invalid_encoding: 'Frames must be UTF-8.',
} satisfies Partial<Record<ErrorCode, string>>

/** Adds the routes. */
export function nativeHttpRoutes(server: FastifyInstance, parts: NativeHttpParts): void {
  const { sessions, ids, calls, clock, addressOf } = parts
  const maxWaitMs = Math.min(MAX_SILENCE_MS, parts.heartbeatMs * 0.8)

  const ask = async (
    session: string,
    kind: string,
    payload: { [field: string]: Json },
    timeoutMs: number,
  ) => {
    const node = ids.nodeOf(session)
    if (node === undefined) throw noSession()
    return calls.call(node, `session.${kind}`, { session, ...payload }, timeoutMs)
  }

  const poll = async (session: string, after: number, isGone: () => boolean) => {
    const deadline = clock.now() + maxWaitMs
    for (;;) {
      const waitMs = Math.max(Math.min(deadline - clock.now(), WAIT_SLICE_MS), 0)
      const answer = readPollAnswer(await ask(session, 'poll', { after, waitMs }, waitMs + CALL_TIMEOUT_MS))
      const { frames, close, superseded } = answer
      if (frames.length > 0 || close !== undefined) return { frames, ...(close && { close }) }
      if (superseded || isGone() || clock.now() >= deadline) return { frames }
    }
  }

  server.register(async (scope) => {
    takeBytes(scope)

    scope.get(transportPaths.stream, async (request, reply) => {
      await sessions.openStream(reply.raw, addressOf(request.raw), () => beginStream(reply, EVENT_STREAM))
    })

    scope.post(transportPaths.session, async (request) => ({
      session: await sessions.openPolling(addressOf(request.raw)),
    }))

    scope.post(transportPaths.poll, async (request, reply) => {
      const { session, after } = pollQuery.parse(request.query)
      return poll(session, after, () => reply.raw.destroyed)
    })

    scope.post(transportPaths.end, async (request, reply) => {
      const { session } = sessionQuery.parse(request.query)
      await ask(session, 'end', {}, CALL_TIMEOUT_MS)
      return reply.status(204).send()
    })

    const fail = async (session: string, error: keyof typeof END_REASONS): Promise<NowcastError> => {
      await ask(session, 'end', { error }, CALL_TIMEOUT_MS)
      return new NowcastError(error, END_REASONS[error])
    }
    scope.post(transportPaths.frames, {
      bodyLimit: parts.maxFrameBytes,
      // Before its body is read.
      onRequest: async (request) => {
        if (ids.nodeOf(frameQuery.parse(request.query).session) === undefined) throw noSession()
      },
      handler: async (request, reply) => {
        const { session, n } = frameQuery.parse(request.query)
        const text = decodeText(request.body)
        if (text === undefined) throw await fail(session, 'invalid_encoding')
        await ask(session, 'frames', { n, text }, CALL_TIMEOUT_MS)
        return reply.status(204).send()
      },
      errorHandler: async (error, request) => {
        if (error.statusCode !== errorKinds.frame_too_large.status) throw error
        throw await fail(sessionQuery.parse(request.query).session, 'frame_too_large')
      },
    })
  })
}
