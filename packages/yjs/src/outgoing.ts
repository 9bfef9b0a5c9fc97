// What waits to be sent: gathered, so that a burst of changes is one message, and no faster than the transport carries. It is
// bounded by its nature: changes are merged, and of everything else only the newest counts.
import { toBase64 } from 'lib0/buffer'
import * as Y from 'yjs'
import { encode, type Message } from './messages.ts'
import { split } from './parts.ts'
import type { CollaborationTransport } from './transport.ts'

/** Makes a message at the moment when it is sent, so that it says what holds then; undefined: there is no need any more. */
export type Compose = () => Message | undefined

/** How long changes are gathered, in milliseconds. */
const GATHER_MS = 60
/** Changes that are merged at once: merging each by itself would cost more with each. */
const MAX_UPDATES = 200
/** Messages that wait, one of each kind. */
const MAX_WAITING = 64

/** Sends messages over a transport while it is connected. */
export class Outgoing {
  readonly #transport: CollaborationTransport
  readonly #name = Math.random().toString(36).slice(2, 12)
  readonly #onFailure: (error: Error) => void
  readonly #waiting = new Map<string, Compose>()
  readonly #underWay = new Set<Promise<void>>()
  #updates: Uint8Array[] = []
  /** What is left of messages in several parts. */
  #parts: string[] = []
  #messages = 0
  #isOpen = false
  #last: 'update' | 'message' | 'part' = 'part'
  #freeAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param onFailure called when something was not sent */
  constructor(transport: CollaborationTransport, onFailure: (error: Error) => void) {
    this.#transport = transport
    this.#onFailure = onFailure
  }

  /** True when nothing waits. */
  get isEmpty(): boolean {
    return this.#updates.length + this.#waiting.size + this.#parts.length === 0
  }

  /** Sends from now on. */
  open(): void {
    this.#isOpen = true
  }

  /** Forgets everything that waits; until `open`, nothing is taken. */
  close(): void {
    this.#isOpen = false
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#updates = []
    this.#waiting.clear()
    this.#parts = []
  }

  /** Sends a change of the document. */
  update(update: Uint8Array): void {
    if (!this.#isOpen) return
    this.#updates.push(update)
    if (this.#updates.length >= MAX_UPDATES) this.#updates = [Y.mergeUpdates(this.#updates)]
    this.#schedule(GATHER_MS)
  }

  /** Sends a message, in place of the one of this kind that waits. */
  message(kind: string, compose: Compose): void {
    if (!this.#isOpen || (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(kind))) return
    this.#waiting.set(kind, compose)
    this.#schedule(0)
  }

  /** Sends what waits without keeping to the pace; for the end. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#isOpen && !this.isEmpty) this.#sendNext()
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || !this.#isOpen) return
    const waitMs = Math.max(delayMs, this.#freeAt - Date.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sendNext()
      if (!this.isEmpty) this.#schedule(0)
    }, waitMs)
  }

  /** Takes turns between changes, messages and what is left of long ones, so that none waits for the end of the others. */
  #sendNext(): void {
    const lanes = {
      update: () => this.#nextUpdate(),
      message: () => this.#nextMessage(),
      part: () => this.#nextPart(),
    }
    const names = ['update', 'message', 'part'] as const
    const after = names.indexOf(this.#last) + 1
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(after + turn) % names.length]
      const text = name && lanes[name]()
      if (name === undefined || text === undefined) continue
      this.#last = name
      this.#send(text)
      return
    }
  }

  #nextUpdate(): string | undefined {
    const updates = this.#updates
    const [first] = updates
    if (first === undefined) return undefined
    this.#updates = []
    return this.#begin({ type: 'update', update: updates.length === 1 ? first : Y.mergeUpdates(updates) })
  }

  #nextMessage(): string | undefined {
    // One long message at a time: what the next one says is made when its turn comes.
    if (this.#parts.length > 0) return undefined
    for (const [kind, compose] of this.#waiting) {
      this.#waiting.delete(kind)
      const message = compose()
      if (message !== undefined) return this.#begin(message)
    }
    return undefined
  }

  #nextPart(): string | undefined {
    return this.#parts.shift()
  }

  /** The first of the texts that carry a message; the others wait. */
  #begin(message: Message): string | undefined {
    this.#messages += 1
    const base64 = toBase64(encode(message))
    const [first, ...rest] = split(`${this.#name}-${this.#messages}`, base64, this.#transport.maxLength)
    this.#parts.push(...rest)
    return first
  }

  /** Resolves when nothing is on its way any more. */
  async sent(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #send(text: string): void {
    this.#freeAt = Date.now() + this.#transport.intervalMs
    const sending = this.#transport
      .send(text)
      .catch((error) => this.#onFailure(error instanceof Error ? error : new Error(String(error))))
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
  }
}
