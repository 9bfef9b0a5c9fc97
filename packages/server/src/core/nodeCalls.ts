// One node asks another one by name, through the engine that both share: a question and its answer are publications that
// are not kept. Each arrives at most once; what does not is a timeout, and the caller decides what that means.
import { randomUUID } from 'node:crypto'
import { isObject, type Json, NowcastError, type Publication, type WireError } from '@nowcast/protocol'
import type { Engine } from '../engine/engine.ts'
import { toPublication } from '../engine/publication.ts'
import { type ChannelKey, channelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import type { Logger } from '../foundation/log.ts'

/** Answers questions of one kind. What it throws as a NowcastError is told to the caller. */
export type ServeCall = (payload: Json) => Promise<Json>

interface PendingCall {
  readonly timer: Timer
  resolve(result: Json): void
  reject(error: NowcastError): void
}

/** Questions of this node that may wait for an answer; further ones fail at once. */
const MAX_PENDING = 50_000

/** The key on which a node hears what others ask it. No app has an empty id, so no channel has such a key. */
const keyOf = (node: string): ChannelKey => channelKey('', `~node/${node}`)

/** Asks other nodes, and answers them. */
export class NodeCalls {
  /** Publications with this key are for `receive`. */
  readonly key: ChannelKey
  readonly #engine: Pick<Engine, 'subscribe' | 'relay'>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #node: string
  readonly #served = new Map<string, ServeCall>()
  readonly #pending = new Map<string, PendingCall>()
  #stopped = false

  /** @param node this node's name */
  constructor(engine: Pick<Engine, 'subscribe' | 'relay'>, clock: Clock, log: Logger, node: string) {
    this.#engine = engine
    this.#clock = clock
    this.#log = log
    this.#node = node
    this.key = keyOf(node)
  }

  /** Answers questions of a kind from now on. */
  serve(kind: string, serve: ServeCall): void {
    this.#served.set(kind, serve)
  }

  /** Begins to hear others; the engine must have been started. Never fails: it hears them as soon as that is possible. */
  async start(): Promise<void> {
    await this.#engine.subscribe(this.key, { relayed: true })
  }

  /**
   * Asks a node, which may be this one.
   * @throws NowcastError what the other one refused with, `timeout` when it does not answer, or `unavailable` when it can't
   * be asked
   */
  async call(node: string, kind: string, payload: Json, timeoutMs: number): Promise<Json> {
    if (node === this.#node) return this.#answer(kind, payload)
    if (this.#stopped || this.#pending.size >= MAX_PENDING) {
      throw new NowcastError('unavailable', 'No other node can be asked now.', { retryAfterMs: 1_000 })
    }
    const id = randomUUID()
    const answered = new Promise<Json>((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => {
        this.#settle(id)?.reject(new NowcastError('timeout', 'The other node did not answer in time.'))
      })
      this.#pending.set(id, { timer, resolve, reject })
    })
    this.#send(node, { id, name: 'question', data: { from: this.#node, kind, payload } }).catch(() => {
      this.#settle(id)?.reject(new NowcastError('unavailable', 'The other node is out of reach.'))
    })
    return answered
  }

  /** Takes a publication from the engine whose key is `key`. */
  receive({ id, name, data }: Publication): void {
    if (this.#stopped || !isObject(data)) return
    if (name === 'answer') this.#answered(id, data)
    else if (typeof data.from === 'string' && typeof data.kind === 'string') {
      void this.#reply(data.from, id, data.kind, data.payload ?? null)
    }
  }

  /** Asks and answers no more; what waits for an answer fails. */
  stop(): void {
    this.#stopped = true
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id)?.reject(new NowcastError('draining', 'The server is going away.'))
    }
  }

  async #reply(node: string, id: string, kind: string, payload: Json): Promise<void> {
    const data = await this.#answer(kind, payload).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: { ...this.#toWire(error, kind) } }),
    )
    // The caller will see that no answer came.
    await this.#send(node, { id, name: 'answer', data }).catch(() => {})
  }

  async #answer(kind: string, payload: Json): Promise<Json> {
    const serve = this.#served.get(kind)
    if (serve === undefined) throw new NowcastError('unknown_command', `This node does not know "${kind}".`)
    return serve(payload)
  }

  #answered(id: string, data: { readonly [key: string]: Json }): void {
    const pending = this.#settle(id)
    if (pending === undefined) return
    const { error } = data
    if (isWireError(error)) pending.reject(NowcastError.fromWire(error))
    else pending.resolve(data.result ?? null)
  }

  #toWire(error: unknown, kind: string): WireError {
    if (error instanceof NowcastError) return error.toWire()
    this.#log.error({ error, kind }, "another node's question could not be answered")
    return new NowcastError('internal', 'Something went wrong on the other node.').toWire()
  }

  #settle(id: string): PendingCall | undefined {
    const pending = this.#pending.get(id)
    pending?.timer.cancel()
    this.#pending.delete(id)
    return pending
  }

  async #send(node: string, body: Pick<Publication, 'id' | 'name' | 'data'>): Promise<void> {
    const key = keyOf(node)
    await this.#engine.relay(key, toPublication(key, body, 1, this.#clock.now()), {
      epoch: 'call',
      offset: 1,
    })
  }
}

const isWireError = (value: unknown): value is WireError =>
  isObject(value) && typeof value.code === 'string' && typeof value.message === 'string'
