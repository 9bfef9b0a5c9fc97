// A real PostgreSQL of a test's own, with stores over it.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { systemClock } from '../../packages/server/src/foundation/clock.ts'
import { createLogger } from '../../packages/server/src/foundation/log.ts'
import { isAlive } from '../../packages/server/src/foundation/processes.ts'
import type { MessageDraft } from '../../packages/server/src/store/messageStore.ts'
import { EmbeddedPostgres } from '../../packages/server/src/store/postgres/embedded/embeddedPostgres.ts'
import { PostgresStore } from '../../packages/server/src/store/postgres/postgresStore.ts'
import type { ConversationDraft, StoreListener } from '../../packages/server/src/store/store.ts'
import { temporaryFolder } from './serverProcess.ts'

/** The log of tests: silent. */
export const silentLog = createLogger('silent')

/** Remembers what a store told its listener. */
export class RecordingListener implements StoreListener {
  readonly commits: { readonly app: string; readonly conversation: string; readonly offset: number }[] = []
  resynchronizations = 0

  committed(app: string, conversation: string, offset: number): void {
    this.commits.push({ app, conversation, offset })
  }

  resynchronize(): void {
    this.resynchronizations += 1
  }

  /** The newest offset heard of a conversation; 0 when none was. */
  newest(conversation: string): number {
    return Math.max(
      0,
      ...this.commits.filter((commit) => commit.conversation === conversation).map(({ offset }) => offset),
    )
  }
}

/** An embedded PostgreSQL in a temporary folder. */
export class TestDatabase {
  readonly folder: string
  readonly embedded: EmbeddedPostgres
  readonly #stores: PostgresStore[] = []
  readonly #clients: pg.Client[] = []

  private constructor(folder: string, embedded: EmbeddedPostgres) {
    this.folder = folder
    this.embedded = embedded
  }

  /** Starts a PostgreSQL on empty files. */
  static async start(): Promise<TestDatabase> {
    const folder = await temporaryFolder()
    return new TestDatabase(folder, await EmbeddedPostgres.start(folder, systemClock, silentLog))
  }

  /** A store that is not started. */
  store({ url = this.embedded.url, pool = 5, statementTimeoutMs = 5_000 } = {}): PostgresStore {
    const options = { url, pool, statementTimeoutMs, idleTimeoutMs: 30_000 }
    const store = new PostgresStore(options, systemClock, silentLog)
    this.#stores.push(store)
    return store
  }

  /** A started store, as one node has it. */
  async open(listener: StoreListener = new RecordingListener()): Promise<PostgresStore> {
    const store = this.store()
    await store.start(listener)
    return store
  }

  /** A connection of the test's own. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client(this.embedded.url)
    client.on('error', () => {})
    await client.connect()
    this.#clients.push(client)
    return client
  }

  /** Kills it, as a crash does; its supervision starts it again. */
  async kill(): Promise<void> {
    await killPostgres(this.folder)
  }

  /** Ends everything and removes the files. */
  async stop(): Promise<void> {
    for (const client of this.#clients) await client.end().catch(() => {})
    for (const store of this.#stores) await store.stop()
    await this.embedded.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Kills the embedded PostgreSQL whose files are in `dataDir`; does nothing while it is down. */
export async function killPostgres(dataDir: string): Promise<void> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(file.split('\n')[0])
  if (pid > 1 && isAlive(pid)) process.kill(pid, 'SIGKILL')
}

/** The app that stores of tests work for. */
export const APP = 'test'

/** A draft of an open conversation made by `ada`. */
export function conversationDraft(id: string, fields: Partial<ConversationDraft> = {}): ConversationDraft {
  return {
    app: APP,
    id,
    kind: 'open',
    name: `The ${id}`,
    support: false,
    creator: { id: 'ada', name: 'Ada' },
    members: [],
    maxMembers: 100,
    ...fields,
  }
}

/** A draft of a message by `ada`. */
export function messageDraft(
  conversation: string,
  messageId: string,
  fields: Partial<MessageDraft> = {},
): MessageDraft {
  return { app: APP, conversation, sender: 'ada', messageId, body: `body of ${messageId}`, ...fields }
}

/** Waits until something holds; fails with what was waited for. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patienceMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
