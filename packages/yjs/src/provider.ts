// A Yjs document that several people edit at once: brings their changes together over a transport, whatever that loses, and
// keeps the document in the application's backend.
import { fromBase64 } from 'lib0/buffer'
import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import * as Y from 'yjs'
import { fingerprintOf } from './fingerprint.ts'
import { decode, type Message, type Standing } from './messages.ts'
import { Outgoing } from './outgoing.ts'
import { Assembler } from './parts.ts'
import { Saving, type SavingState } from './saving.ts'
import { type Backoff, backoffMs, NamedTimers } from './timers.ts'
import type { CollaborationTransport } from './transport.ts'

/** Where a document stands. */
export interface CollaborationSnapshot {
  /**
   * `connecting`: for the first time. `syncing`: what others have is on its way. `synced`: what all have is here. `offline`:
   * edits are kept here, and brought to the others later. `refused`: the transport is; see `error`.
   */
  readonly state: 'connecting' | 'syncing' | 'synced' | 'offline' | 'refused'
  /** Whether the last changes are kept by the backend, as far as this page saves them. */
  readonly saving: SavingState
  /** Why something has failed last. */
  readonly error?: Error
}

/** How a document is carried and kept. */
export interface CollaborationOptions {
  readonly transport: CollaborationTransport
  /** The document as the backend has it, as a Yjs update; undefined: it has none yet. */
  readonly load?: () => Promise<Uint8Array | undefined>
  /** Keeps the document, given as one Yjs update. Called by one of those who edit it, some seconds after a change. */
  readonly save?: (update: Uint8Array) => Promise<void>
  /** Who is there, and where their cursors are. Made when absent. */
  readonly awareness?: Awareness
}

/** For what the backend has, before the others are asked for the rest. */
const LOAD_PATIENCE_MS = 3_000
const LOAD_RETRY: Backoff = { minMs: 1_000, maxMs: 30_000 }
/** For an answer; then it is asked again, less and less often. */
const ANSWER_PATIENCE: Backoff = { minMs: 1_000, maxMs: 30_000 }
/** Answers of several are spread over this time, so that most see that theirs is not needed. */
const SPREAD_MS = 250
/** For the last messages of who leaves. */
const LEAVING_PATIENCE_MS = 3_000
/** How often it is told how the document stands, unless another has just told the same. */
const STANDING_MS = 20_000
/** What is still being edited stands nowhere yet. */
const QUIET_MS = 2_000
/** Those who wait for an answer; who asks beyond that asks again. */
const MAX_ASKING = 32

/** Brings a document together with all others of it. */
export class CollaborationProvider {
  readonly document: Y.Doc
  readonly awareness: Awareness
  readonly #options: CollaborationOptions
  readonly #outgoing: Outgoing
  readonly #assembler = new Assembler()
  readonly #saving: Saving | undefined
  readonly #listeners = new Set<() => void>()
  readonly #timers = new NamedTimers()
  /** Those who wait for an answer of this one, and how their documents stood. */
  readonly #asking = new Map<number, Standing>()
  /** Marks changes that come from the backend. */
  readonly #backend = {}
  readonly #stops: readonly (() => void)[]
  #snapshot: CollaborationSnapshot = { state: 'connecting', saving: 'saved' }
  #isConnected = false
  #isLoaded: boolean
  #loading: Promise<void> = Promise.resolve()
  #isDestroyed = false
  #loadFailures = 0
  /** Questions in a row that nobody has answered. */
  #unanswered = 0
  #changedAt = 0

  constructor(document: Y.Doc, options: CollaborationOptions) {
    const { transport, load, save, awareness } = options
    this.document = document
    this.awareness = awareness ?? new Awareness(document)
    this.#options = options
    this.#isLoaded = load === undefined
    this.#outgoing = new Outgoing(transport, (error) => this.#notSent(error))
    this.#saving =
      save &&
      new Saving({
        save: () => save(Y.encodeStateAsUpdate(document)),
        isElected: () => this.#isElected(),
        changed: (saving, error) => this.#show({ saving }, error),
      })
    if (this.#isLoaded) this.#saving?.ready()
    const leave = () => void this.flush()
    const destroy = () => void this.destroy()
    document.on('destroy', destroy)
    globalThis.addEventListener?.('pagehide', leave)
    this.#stops = [
      () => document.off('destroy', destroy),
      () => globalThis.removeEventListener?.('pagehide', leave),
      this.#watchDocument(),
      this.#watchAwareness(),
      this.#listen(),
    ]
    this.#loading = this.#load()
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  /** Hears when the snapshot changes. @returns stops that */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener()
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  /** Where the document stands; the same object until that changes. */
  readonly getSnapshot = (): CollaborationSnapshot => this.#snapshot

  /** Resolves when what all have is here; rejects when the transport is refused. */
  synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      let stop = () => {}
      const check = () => {
        const { state, error } = this.#snapshot
        if (state !== 'synced' && state !== 'refused') return
        stop()
        if (state === 'synced') resolve()
        else reject(error)
      }
      stop = this.subscribe(check)
      check()
    })
  }

  /** Sends and saves at once what waits for that. */
  async flush(): Promise<void> {
    this.#outgoing.flush()
    await this.#saving?.flush()
  }

  /** Leaves: the others see it, what waits is sent and saved, and every timer ends. The document stays as it is. */
  async destroy(): Promise<void> {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    const isUnsaved = !this.#isLoaded && this.#saving?.isDirty === true
    const saved = this.#saving?.flush()
    removeAwarenessStates(this.awareness, [this.document.clientID], 'left')
    this.#outgoing.flush()
    this.#disconnected()
    for (const stop of this.#stops) stop()
    this.#timers.clear()
    if (this.#options.awareness === undefined) this.awareness.destroy()
    await saved
    await this.#within(LEAVING_PATIENCE_MS, this.#outgoing.sent())
    if (isUnsaved) {
      await this.#within(LOAD_PATIENCE_MS, this.#loading)
      await this.#saving?.flush()
    }
    this.#saving?.stop()
    this.#listeners.clear()
  }

  /** Waits, but not for ever. */
  async #within(patienceMs: number, work: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#timers.set('leaving', patienceMs, resolve)
      work.then(() => resolve())
    })
    this.#timers.clear()
  }

  #watchDocument(): () => void {
    const changed = (update: Uint8Array, origin: unknown) => {
      this.#changedAt = Date.now()
      if (origin === this.#backend) return
      this.#saving?.touch()
      if (origin !== this) this.#outgoing.update(update)
    }
    this.document.on('update', changed)
    return () => this.document.off('update', changed)
  }

  #watchAwareness(): () => void {
    const changed = (changes: Record<'added' | 'updated' | 'removed', number[]>) => {
      // What others say of themselves they tell everybody.
      if (Object.values(changes).flat().includes(this.document.clientID)) this.#tellAwareness()
      if (changes.removed.length > 0) this.#saving?.look()
    }
    this.awareness.on('update', changed)
    return () => this.awareness.off('update', changed)
  }

  #listen(): () => void {
    return this.#options.transport.listen({
      connected: () => this.#connected(),
      disconnected: () => this.#disconnected(),
      missed: () => this.#ask(),
      message: (text) => this.#receive(text),
      refused: (error) => {
        this.#disconnected()
        this.#show({ state: 'refused' }, error)
      },
    })
  }

  async #load(): Promise<void> {
    try {
      const update = await this.#options.load?.()
      if (update !== undefined && update.length > 0) Y.applyUpdate(this.document, update, this.#backend)
      this.#isLoaded = true
      this.#saving?.ready()
      this.#ask()
    } catch (error) {
      if (this.#isDestroyed) return
      this.#show({}, toError(error))
      this.#timers.set('load', backoffMs(LOAD_RETRY, this.#loadFailures), () => {
        this.#loading = this.#load()
      })
      this.#loadFailures += 1
    }
  }

  #connected(): void {
    if (this.#isDestroyed) return
    this.#isConnected = true
    this.#unanswered = 0
    this.#outgoing.open()
    this.#show({ state: 'syncing' })
    // As something new: the others may have taken this one for gone, and nobody heeds what one says first.
    this.awareness.setLocalState(this.awareness.getLocalState())
    this.#tellStandingLater()
    if (this.#isLoaded) this.#ask()
    else this.#timers.set('ask', LOAD_PATIENCE_MS, () => this.#ask())
  }

  #disconnected(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#outgoing.close()
    this.#assembler.clear()
    this.#asking.clear()
    this.#timers.clear((name) => name !== 'load')
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.document.clientID)
    removeAwarenessStates(this.awareness, others, this)
    // Otherwise they would be taken for gone until they say something new of themselves.
    for (const id of others) this.awareness.meta.delete(id)
    this.#show({ state: 'offline' })
  }

  #receive(text: string): void {
    try {
      const base64 = this.#assembler.add(text)
      if (base64 !== undefined) this.#handle(decode(fromBase64(base64)))
    } catch (error) {
      // One that makes no sense must not end what makes sense.
      this.#show({}, toError(error))
    }
  }

  #handle(message: Message): void {
    if ('update' in message && message.update.length > 0) Y.applyUpdate(this.document, message.update, this)
    if ('awareness' in message) applyAwarenessUpdate(this.awareness, message.awareness, this)
    if (message.type === 'ask') this.#answerLater(message.from, message)
    else if (message.type === 'answer') this.#answered(message)
    else if (message.type === 'standing') this.#compare(message.fingerprint)
  }

  /** Asks the others for what this one has not. */
  #ask(): void {
    if (!this.#isConnected) return
    const from = this.document.clientID
    this.#outgoing.message('ask', () => ({ type: 'ask', from, ...this.#standing() }))
    this.#timers.set('ask', backoffMs(ANSWER_PATIENCE, this.#unanswered), () => {
      this.#unanswered += 1
      const isAlone = [...this.awareness.getStates().keys()].every((id) => id === from)
      if (isAlone) this.#synced()
      else this.#ask()
    })
  }

  #answerLater(to: number, standing: Standing): void {
    if (this.#asking.size >= MAX_ASKING && !this.#asking.has(to)) return
    this.#asking.set(to, standing)
    this.#timers.set(`answer ${to}`, Math.random() * SPREAD_MS, () => {
      this.#outgoing.message(`answer ${to}`, () => this.#answer(to))
    })
  }

  #answer(to: number): Message | undefined {
    const asked = this.#asking.get(to)
    // Another has answered the same.
    if (asked === undefined) return undefined
    this.#asking.delete(to)
    const standing = this.#standing()
    const isSame = standing.fingerprint === asked.fingerprint
    const update = isSame ? new Uint8Array() : Y.encodeStateAsUpdate(this.document, asked.vector)
    const awareness = encodeAwarenessUpdate(this.awareness, [...this.awareness.getStates().keys()])
    return { type: 'answer', to, update, awareness, ...standing }
  }

  #answered({ to, vector, fingerprint }: Message & { type: 'answer' }): void {
    const isSame = fingerprint === fingerprintOf(this.document)
    if (to === this.document.clientID) {
      if (!isSame) this.#outgoing.update(Y.encodeStateAsUpdate(this.document, vector))
      this.#synced()
    } else if (isSame) this.#asking.delete(to)
  }

  #compare(fingerprint: number): void {
    if (fingerprint === fingerprintOf(this.document)) this.#tellStandingLater()
    else this.#askLater()
  }

  #askLater(): void {
    this.#timers.set('differs', QUIET_MS * (0.5 + Math.random()), () => this.#ask())
  }

  #synced(): void {
    this.#unanswered = 0
    this.#timers.clear((name) => name === 'ask')
    this.#show({ state: 'synced' })
  }

  #tellStandingLater(delayMs = STANDING_MS * (0.75 + Math.random() / 2)): void {
    this.#timers.set('standing', delayMs, () => {
      if (Date.now() - this.#changedAt < QUIET_MS) {
        this.#tellStandingLater(QUIET_MS)
        return
      }
      const fingerprint = fingerprintOf(this.document)
      this.#outgoing.message('standing', () => ({ type: 'standing', fingerprint }))
      this.#tellStandingLater()
    })
  }

  #tellAwareness(): void {
    const { clientID } = this.document
    this.#outgoing.message('awareness', () => ({
      type: 'awareness',
      awareness: encodeAwarenessUpdate(this.awareness, [clientID]),
    }))
  }

  #notSent(error: Error): void {
    if (!this.#isConnected) return
    this.#show({}, error)
    this.#askLater()
  }

  /** One of those who edit saves: the one with the lowest id. */
  #isElected(): boolean {
    const own = this.document.clientID
    return [...this.awareness.getStates().keys()].every((id) => id >= own)
  }

  #standing(): Standing {
    return { vector: Y.encodeStateVector(this.document), fingerprint: fingerprintOf(this.document) }
  }

  #show(change: Partial<CollaborationSnapshot>, error?: Error): void {
    const { error: before, ...rest } = this.#snapshot
    const isOver = change.state === 'synced' || change.saving === 'saved'
    const shown = error ?? (isOver ? undefined : before)
    const snapshot = { ...rest, ...change, ...(shown && { error: shown }) }
    const { state, saving } = this.#snapshot
    if (snapshot.state === state && snapshot.saving === saving && shown === before) return
    this.#snapshot = snapshot
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener()
  }
}

const toError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))
