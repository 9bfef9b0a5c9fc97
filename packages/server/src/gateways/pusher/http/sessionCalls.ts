// Sessions wherever they are: a request for one of another node's is handed on to that node.
import { type Json, NowcastError } from '@nowcast/protocol'
import { z } from 'zod'
import type { NodeCalls } from '../../../core/nodeCalls.ts'
import type { PollAnswer } from '../../overHttp/mailbox.ts'
import { CALL_TIMEOUT_MS, readPollAnswer } from '../../overHttp/waiting.ts'
import type { PusherHttpSessions, RequestNumber } from './httpSessions.ts'
import type { Whereabouts } from './whereabouts.ts'

/** What reaching sessions needs. */
export interface SessionCallParts {
  readonly calls: Pick<NodeCalls, 'call' | 'serve'>
  readonly sessions: PusherHttpSessions
  readonly whereabouts: Pick<Whereabouts, 'find'>
  /** This node's name. */
  readonly node: string
}

/** Comes for the messages of one session. */
export interface Receiver {
  /** See `PusherHttpSessions.take`. @throws NowcastError `not_found`, `timeout`, `unavailable` */
  take(waitMs: number): Promise<PollAnswer>
  /** What was taken is still on its way. */
  keep(): void
  /** Will not come again. */
  leave(): void
}

const named = z.object({ session: z.string() })
const taking = named.extend({ waitMs: z.number() })
const beginning = named.extend({ number: z.number().nullable() })
const saying = beginning.extend({ texts: z.array(z.string()) })

/** Reaches the sessions of all nodes. */
export class SessionCalls {
  readonly #parts: SessionCallParts

  constructor(parts: SessionCallParts) {
    this.#parts = parts
  }

  /** Answers what other nodes hand on, from now on. */
  serve(): void {
    const { calls, sessions } = this.#parts
    const serve = (kind: string, run: (session: string) => void) =>
      calls.serve(`pusher.${kind}`, async (payload) => {
        run(named.parse(payload).session)
        return {}
      })
    serve('keep', (session) => sessions.keep(session))
    serve('leave', (session) => sessions.left(session))
    serve('tooLarge', (session) => sessions.tooLarge(session))
    calls.serve('pusher.begin', async (payload) => {
      const { session, number } = beginning.parse(payload)
      sessions.begin(session, number ?? undefined)
      return {}
    })
    calls.serve('pusher.take', async (payload) => {
      const { session, waitMs } = taking.parse(payload)
      return sessions.take(session, waitMs)
    })
    calls.serve('pusher.messages', async (payload) => {
      const { session, texts, number } = saying.parse(payload)
      sessions.receive(session, texts, number ?? undefined)
      return {}
    })
  }

  /**
   * Comes for a session's messages.
   * @returns nothing when there is no such session
   * @throws NowcastError `timeout`, `unavailable`
   */
  async receiver(session: string, number?: RequestNumber): Promise<Receiver | undefined> {
    const node = await this.#find(session)
    if (node === undefined) return undefined
    try {
      await this.#ask(node, 'begin', { session, number: number ?? null })
    } catch (error) {
      if (error instanceof NowcastError && error.code === 'not_found') return undefined
      throw error
    }
    return {
      take: async (waitMs) => readPollAnswer(await this.#ask(node, 'take', { session, waitMs }, waitMs)),
      // The session may be over, or its node: the next request will tell.
      keep: () => void this.#ask(node, 'keep', { session }).catch(() => {}),
      leave: () => void this.#ask(node, 'leave', { session }).catch(() => {}),
    }
  }

  /**
   * Brings messages of a client to its session.
   * @throws NowcastError `not_found`, `frame_too_large`, `timeout`, `unavailable`
   */
  async messages(session: string, texts: readonly string[], number: RequestNumber): Promise<void> {
    const payload = { session, texts: [...texts], number: number ?? null }
    await this.#ask(await this.#found(session), 'messages', payload)
  }

  /** Ends a session whose client has said too much at once. @throws NowcastError `not_found`, `timeout`, `unavailable` */
  async tooLarge(session: string): Promise<void> {
    await this.#ask(await this.#found(session), 'tooLarge', { session })
  }

  async #find(session: string): Promise<string | undefined> {
    const { sessions, whereabouts, node } = this.#parts
    return sessions.has(session) ? node : whereabouts.find(session)
  }

  async #found(session: string): Promise<string> {
    const node = await this.#find(session)
    if (node !== undefined) return node
    throw new NowcastError('not_found', 'There is no such session.')
  }

  #ask(node: string, kind: string, payload: { [field: string]: Json }, waitMs = 0): Promise<Json> {
    return this.#parts.calls.call(node, `pusher.${kind}`, payload, waitMs + CALL_TIMEOUT_MS)
  }
}
