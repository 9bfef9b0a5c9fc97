// Streams whose node has died are completed by another, and no others.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  APP,
  conversationDraft,
  eventually,
  silentLog,
  TestDatabase,
} from '../../../../../../tests/support/testDatabase.ts'
import { MemoryEngine } from '../../../engine/memory/memoryEngine.ts'
import { type Clock, systemClock } from '../../../foundation/clock.ts'
import type { PostgresStore } from '../../../store/postgres/postgresStore.ts'
import { plainHub } from '../../../testing/plainHub.ts'
import { Announcements } from '../announcements.ts'
import { MessageCache } from '../messageCache.ts'
import { MessageReader } from '../messageReader.ts'
import { Messages } from '../messages.ts'
import { MessageWriter } from '../messageWriter.ts'
import { UserNews } from '../userNews.ts'
import { Streams } from './streams.ts'
import { StreamTexts } from './streamTexts.ts'

const TIMEOUT_MS = 200
/** What a node does every minute, it does here all the time. */
const hasty: Clock = {
  ...systemClock,
  after: (delayMs, run) => systemClock.after(delayMs > 1_000 ? 20 : delayMs, run),
}

let database: TestDatabase
let store: PostgresStore
let engine: MemoryEngine
let conversation: string
beforeAll(async () => {
  database = await TestDatabase.start()
  store = await database.open()
})
afterAll(() => database?.stop())
beforeEach(async () => {
  engine = new MemoryEngine(systemClock, randomUUID)
  conversation = randomUUID()
  await store.create(conversationDraft(conversation))
})

/** The streams of one node; all nodes of a test share what the engine keeps. */
function node(): Streams {
  const hub = plainHub(engine, systemClock, true)
  const announcements = new Announcements(engine, hub, store, systemClock, silentLog)
  const writer = new MessageWriter(store, systemClock)
  const texts = new StreamTexts(APP, engine.caches, systemClock, silentLog, TIMEOUT_MS)
  const news = new UserNews(APP, engine, silentLog)
  const messages = new Messages({
    app: APP,
    store,
    writer,
    announcements,
    news,
    streamTexts: texts,
    hub,
    typing: { stopUser: () => {} },
    maxBodyBytes: 2_048,
  })
  const cache = new MessageCache({
    app: APP,
    store,
    caches: engine.caches,
    clock: systemClock,
    log: silentLog,
    options: { messages: 0, ttl: 0, activeTtl: 0 },
  })
  const reader = new MessageReader({ app: APP, store, cache, streamTexts: texts })
  return new Streams({
    app: APP,
    store,
    writer,
    messages,
    reader,
    texts,
    engine,
    clock: hasty,
    log: silentLog,
    options: { window: 20, maxBytes: 10_000, timeout: TIMEOUT_MS },
  })
}

const begin = (streams: Streams) => streams.begin({ conversation, messageId: 'm', sender: 'ada' })

it('completes with the text so far what a dead node has left', async () => {
  const [dead, alive] = [node(), node()]
  const { message } = await begin(dead)
  await dead.append(conversation, 'm', 0, 'so far')
  dead.stop()
  await expect(dead.append(conversation, 'm', 6, '!')).rejects.toMatchObject({ code: 'unavailable' })
  alive.start()
  const now = () => store.message(APP, conversation, message.offset)
  await eventually(async () => !(await now()).streaming, 'the end')
  expect((await now()).body).toBe('so far')
  await eventually(async () => {
    const { publications } = await store.readLog(APP, conversation, { after: 0, limit: 10 })
    return publications.map(({ name }) => name).join() === 'message:created,message:completed'
  }, 'one end in the log')
  alive.stop()
})

it('leaves alone what another node still writes', async () => {
  const [writing, sweeping] = [node(), node()]
  const { message } = await begin(writing)
  sweeping.start()
  const until = Date.now() + TIMEOUT_MS * 3
  let length = 0
  while (Date.now() < until) {
    length = (await writing.append(conversation, 'm', length, 'x')).length
  }
  expect(await store.message(APP, conversation, message.offset)).toMatchObject({ streaming: true })
  const finished = await writing.finish(conversation, 'm', undefined)
  expect(finished.message.body).toBe('x'.repeat(length))
  sweeping.stop()
  writing.stop()
})

it('goes on with each of more streams than a node holds', async () => {
  const streams = node()
  await begin(streams)
  await streams.append(conversation, 'm', 0, 'one ')
  const missing = Array.from({ length: 1_000 }, (_, index) =>
    streams.append(conversation, `no-${index}`, 0, 'x'),
  )
  expect(streams.open).toBe(1_000)
  await expect(streams.append(conversation, 'm', 4, 'two')).rejects.toMatchObject({ code: 'unavailable' })
  await Promise.allSettled(missing)
  expect(await streams.append(conversation, 'm', 4, 'two')).toEqual({ length: 7, lost: false })
  expect(streams.open).toBeLessThanOrEqual(1_000)
  streams.stop()
})

it('lets go of what it holds', async () => {
  const streams = node()
  await begin(streams)
  await streams.append(conversation, 'm', 0, 'x')
  expect(streams.open).toBe(1)
  await streams.finish(conversation, 'm', undefined)
  expect(streams.open).toBe(0)
  await expect(streams.append(conversation, 'nothing', 0, 'x')).rejects.toMatchObject({
    code: 'message_not_found',
  })
  await eventually(() => streams.open === 0, 'the other one to end too')
  streams.stop()
})
