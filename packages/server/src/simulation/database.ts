// A simulated PostgreSQL with conversations: commits, tells every listening node of each, and is sometimes out of reach.
import {
  type Conversation,
  conversationChannel,
  ENVELOPE_VERSION,
  type Message,
  type MessagePage,
  type MessageVersion,
  NowcastError,
  type Position,
  type Publication,
} from '@nowcast/protocol'
import type { HistoryQuery, HistorySlice } from '../engine/history.ts'
import type { Membership } from '../store/membershipStore.ts'
import type { MessageChange, MessageDraft, MessageSlice, SendOutcome, Stream } from '../store/messageStore.ts'
import type { Change, Store, StoreHealth, StoreListener, UserFacts } from '../store/store.ts'
import type { SimulatedProcess } from './process.ts'
import type { World } from './world.ts'

const BREAKS = 0.005
const LISTEN_DELAY_MS = 20

type Sent = SendOutcome & { readonly outcome: 'sent' }

/** Conversations that everybody is a member of. */
export class SimulatedDatabase {
  readonly #world: World
  readonly #logs = new Map<string, Publication[]>()
  readonly #stores = new Set<SimulatedStore>()
  readonly #onPlaced: (conversation: string, publication: Publication) => void
  #isUp = true
  /** How many times slower than usual. */
  slowness = 1
  /** How often a connection breaks on the way here or back, of its own accord. */
  breaks = BREAKS

  /** @param onPlaced told of every message that got its place */
  constructor(
    world: World,
    conversations: readonly string[],
    onPlaced: (conversation: string, publication: Publication) => void,
  ) {
    this.#world = world
    this.#onPlaced = onPlaced
    for (const conversation of conversations) this.#logs.set(conversation, [])
  }

  /** A node's way to the database. */
  openStore(process: SimulatedProcess): SimulatedStore {
    const store = new SimulatedStore(this.#world, this, process)
    this.#stores.add(store)
    process.onDeath(() => this.forget(store))
    return store
  }

  forget(store: SimulatedStore): void {
    this.#stores.delete(store)
  }

  /** Everything that was committed to a conversation. */
  log(conversation: string): readonly Publication[] {
    const log = this.#logs.get(conversation)
    if (log === undefined) throw new NowcastError('conversation_not_found', 'There is no such conversation.')
    return log
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** It stops: nothing is answered, and nobody is told of commits. */
  stop(): void {
    this.#isUp = false
    for (const store of this.#stores) store.loseNotifications()
  }

  start(): void {
    this.#isUp = true
    for (const store of this.#stores) store.listenAgain()
  }

  /** @returns the outcomes, in the order of the drafts */
  commit(drafts: readonly MessageDraft[]): readonly Sent[] {
    const moved = new Map<string, number>()
    const outcomes = drafts.map((draft): Sent => {
      const { conversation, sender, messageId } = draft
      const log = this.#logs.get(conversation) ?? []
      const earlier = log.find((publication) => publication.id === messageId && publication.sender === sender)
      const message =
        earlier === undefined ? toMessage(draft, log.length + 1) : toMessage(draft, earlier.offset)
      if (earlier === undefined) {
        const publication = toPublication(message)
        log.push(publication)
        this.#onPlaced(conversation, publication)
        moved.set(conversation, message.offset)
      }
      const position = positionOf(conversation, message.offset)
      return { outcome: 'sent', message, position, duplicate: earlier !== undefined }
    })
    for (const [conversation, offset] of moved) {
      this.#world.note('db', 'commits', `${conversation}@${offset}`)
      for (const store of this.#stores) store.notify(drafts[0]?.app ?? '', conversation, offset)
    }
    return outcomes
  }

  read(conversation: string, query: HistoryQuery): HistorySlice {
    const log = this.log(conversation)
    const position = positionOf(conversation, log.length)
    const { limit } = query
    if ('after' in query) {
      const found = log.slice(query.after, query.after + limit)
      return { position, publications: found, more: query.after + limit < log.length }
    }
    const end = query.before === undefined ? log.length : Math.min(query.before - 1, log.length)
    const start = Math.max(end - limit, 0)
    return { position, publications: log.slice(start, end), more: start > 0 }
  }
}

/** The store of one node. */
export class SimulatedStore implements Store {
  readonly #world: World
  readonly #database: SimulatedDatabase
  readonly #process: SimulatedProcess
  #listener: StoreListener | undefined
  #isListening = false
  #listenings = 0
  #lastArrival = 0

  constructor(world: World, database: SimulatedDatabase, process: SimulatedProcess) {
    this.#world = world
    this.#database = database
    this.#process = process
  }

  async start(listener: StoreListener): Promise<void> {
    this.#listener = listener
    this.listenAgain()
  }

  async stop(): Promise<void> {
    this.#listener = undefined
    this.#database.forget(this)
  }

  /** The connection that notifications come over is lost. */
  loseNotifications(): void {
    this.#isListening = false
    this.#listenings += 1
  }

  /** That connection is made anew. */
  listenAgain(): void {
    this.#listenings += 1
    const listening = this.#listenings
    this.#world.scheduler.after(this.#world.between(0, LISTEN_DELAY_MS), () => {
      if (!this.#database.isUp || listening !== this.#listenings) return
      this.#isListening = true
      this.#arrive((listener) => listener.resynchronize())
    })
  }

  notify(app: string, conversation: string, offset: number): void {
    if (this.#isListening) this.#arrive((listener) => listener.committed(app, conversation, offset))
  }

  send(drafts: readonly MessageDraft[]): Promise<readonly SendOutcome[]> {
    return this.#ask(() => this.#database.commit(drafts))
  }

  readLog(_app: string, conversation: string, query: HistoryQuery): Promise<HistorySlice> {
    return this.#ask(() => this.#database.read(conversation, query))
  }

  positions(_app: string, conversations: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    return this.#ask(
      () => new Map(conversations.map((id) => [id, positionOf(id, this.#database.log(id).length)])),
    )
  }

  membership(_app: string, conversation: string): Promise<Membership> {
    return this.#ask(() => {
      const position = positionOf(conversation, this.#database.log(conversation).length)
      return { kind: 'open', role: 'member', position }
    })
  }

  // What no simulated client asks for.
  health = (): Promise<StoreHealth> => unused()
  create = (): Promise<Change<Conversation>> => unused()
  rememberUser = (): Promise<void> => unused()
  facts = (): Promise<ReadonlyMap<string, UserFacts>> => unused()
  setStatusText = (): Promise<number> => unused()
  rememberSeen = (): Promise<void> => unused()
  rememberTyping = (): Promise<void> => unused()
  get = (): Promise<Conversation> => unused()
  list = (): Promise<readonly Conversation[]> => unused()
  members = (): Promise<never> => unused()
  membersAmong = (): Promise<never> => unused()
  join = (): Promise<never> => unused()
  leave = (): Promise<never> => unused()
  invite = (): Promise<never> => unused()
  remove = (): Promise<never> => unused()
  changeRole = (): Promise<never> => unused()
  update = (): Promise<never> => unused()
  archive = (): Promise<never> => unused()
  moveCursors = (): Promise<never> => unused()
  cursors = (): Promise<never> => unused()
  cursorsBeyond = (): Promise<never> => unused()
  inbox = (): Promise<never> => unused()
  messages = (): Promise<MessageSlice> => unused()
  message = (): Promise<Message> => unused()
  versions = (): Promise<readonly MessageVersion[]> => unused()
  pins = (): Promise<readonly Message[]> => unused()
  search = (): Promise<MessagePage> => unused()
  edit = (): Promise<MessageChange> => unused()
  delete = (): Promise<MessageChange> => unused()
  react = (): Promise<MessageChange> => unused()
  pin = (): Promise<MessageChange> => unused()
  findStream = (): Promise<Stream | undefined> => unused()
  openStreams = (): Promise<readonly Stream[]> => unused()
  completeStream = (): Promise<MessageChange> => unused()

  // A request that has left is carried out even when its node dies, and perhaps when nobody hears of it.
  #ask<T>(work: () => T): Promise<T> {
    const world = this.#world
    const delayMs = () =>
      this.#database.slowness * (world.chance(0.1) ? world.between(2, 20) : world.between(0.2, 2))
    return new Promise<T>((resolve, reject) => {
      const settle = (run: () => void) => world.scheduler.after(delayMs(), () => this.#process.deliver(run))
      world.scheduler.after(delayMs(), () => {
        const isLate = world.chance(this.#database.breaks)
        if (!this.#database.isUp || isLate) settle(() => reject(unavailable()))
        if (!this.#database.isUp) return
        if (isLate && world.chance(0.5)) {
          // It was given up, and is carried out all the same.
          world.scheduler.after(world.between(0, 500), () => this.#database.isUp && work())
          return
        }
        if (isLate) return
        let result: T
        try {
          result = work()
        } catch (error) {
          settle(() => reject(error))
          return
        }
        if (world.chance(this.#database.breaks)) settle(() => reject(unavailable()))
        else settle(() => resolve(result))
      })
    })
  }

  #arrive(tell: (listener: StoreListener) => void): void {
    const delayMs = this.#database.slowness * this.#world.between(0.2, 5)
    this.#lastArrival = Math.max(this.#lastArrival, this.#world.scheduler.now + delayMs)
    const listening = this.#listenings
    this.#world.scheduler.after(this.#lastArrival - this.#world.scheduler.now, () => {
      if (listening !== this.#listenings) return
      this.#process.deliver(() => {
        if (this.#listener !== undefined) tell(this.#listener)
      })
    })
  }
}

const positionOf = (conversation: string, offset: number): Position => ({
  epoch: `of-${conversation}`,
  offset,
})

function toMessage({ conversation, sender, messageId, body }: MessageDraft, offset: number): Message {
  return { id: messageId, conversation, offset, sender, body, createdAt: offset }
}

function toPublication(message: Message): Publication {
  return {
    id: message.id,
    version: ENVELOPE_VERSION,
    channel: conversationChannel(message.conversation),
    name: 'message:created',
    data: message,
    timestamp: message.createdAt,
    sender: message.sender,
    offset: message.offset,
  }
}

const unavailable = () => new NowcastError('unavailable', 'The database is out of reach.')
const unused = () => Promise.reject(new NowcastError('internal', 'Nothing simulated asks for this.'))
