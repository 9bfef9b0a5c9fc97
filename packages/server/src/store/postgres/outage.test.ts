// What callers see while the database is away, and how soon everything is well again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Relay } from '../../../../../tests/support/relay.ts'
import {
  APP,
  conversationDraft,
  eventually,
  messageDraft,
  RecordingListener,
  TestDatabase,
} from '../../../../../tests/support/testDatabase.ts'
import type { PostgresStore } from './postgresStore.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await TestDatabase.start()
})
afterAll(() => database?.stop())

const throughRelay = (relay: Relay) => {
  const url = new URL(database.embedded.url)
  url.port = String(relay.port)
  return url.href
}

describe('starting', () => {
  it('by four nodes at once brings an empty database to this version', async () => {
    const stores = Array.from({ length: 4 }, () => database.store())
    await Promise.all(stores.map((store) => store.start(new RecordingListener())))
    await stores[0]?.create(conversationDraft('first'))
    expect(await stores[3]?.send([messageDraft('first', 'm1')])).toMatchObject([{ outcome: 'sent' }])
    for (const store of stores) expect(await store.health()).toMatchObject({ status: 'up' })
  })

  it.each([
    ['no server', (url: URL) => Object.assign(url, { port: '1' }), 'ECONNREFUSED'],
    ['a wrong password', (url: URL) => Object.assign(url, { password: 'hush-hush' }), 'password'],
    ['no such database', (url: URL) => Object.assign(url, { pathname: '/missing' }), 'missing'],
  ])('is refused in one sentence that keeps the password: %s', async (_what, change, named) => {
    const url = change(new URL(database.embedded.url))
    const error = await database
      .store({ url: url.href })
      .start(new RecordingListener())
      .catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'StartupError' })
    const { message } = error as Error
    expect(message).toContain(named)
    expect(message).not.toContain(url.password)
  })
})

describe('an outage', () => {
  let relay: Relay
  let store: PostgresStore
  const listener = new RecordingListener()
  const port = () => Number(new URL(database.embedded.url).port)
  beforeAll(async () => {
    relay = await Relay.start(port())
    store = database.store({ url: throughRelay(relay), statementTimeoutMs: 500 })
    await store.start(listener)
    await store.create(conversationDraft('outage'))
  })
  afterAll(() => relay?.stop())

  it('is told at once as unavailable, and ends within two seconds of the database’s return', async () => {
    const before = listener.resynchronizations
    await relay.stop()
    const startedAt = performance.now()
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await expect(store.send([messageDraft('outage', 'm1')])).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      })
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(await store.health()).toMatchObject({ status: 'down', error: expect.any(String) })
    await expect(store.join(APP, 'outage', { id: 'bob' })).rejects.toMatchObject({ code: 'unavailable' })
    relay = await Relay.start(port(), relay.port)
    await expectHealing()
    await eventually(() => listener.resynchronizations > before, 'places to be compared', 2_000)
    await store.join(APP, 'outage', { id: 'bob' })
    await eventually(() => listener.newest('outage') === 2, 'commits to be heard again')
  })

  it('of links that fell silent is noticed too', async () => {
    const before = listener.resynchronizations
    relay.freeze()
    await expect(store.send([messageDraft('outage', 'm2')])).rejects.toMatchObject({ code: 'unavailable' })
    await expectHealing(10_000)
    await eventually(() => listener.resynchronizations > before, 'places to be compared', 10_000)
  })

  it('that ends the database itself heals with it', async () => {
    const before = listener.resynchronizations
    const client = await database.connect()
    const { rows } = await client.query("select pg_read_file('postmaster.pid') as text")
    process.kill(Number.parseInt(rows[0].text, 10), 'SIGKILL')
    await eventually(() => listener.resynchronizations > before, 'places to be compared', 15_000)
    await expectHealing()
    expect((await store.messages(APP, 'outage', { limit: 10 })).messages.map(({ id }) => id)).toContain('m1')
  })

  it('of one link in the middle of a transaction is told to its caller alone', async () => {
    const client = await database.connect()
    await client.query('begin')
    await client.query("select 1 from nowcast.conversations where id = 'outage' for update")
    const join = store.join(APP, 'outage', { id: 'cyd' }).catch((error: unknown) => error)
    const waiting = `select pid, pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'nowcast' and wait_event_type = 'Lock'`
    const helper = await database.connect()
    await eventually(async () => (await helper.query(waiting)).rowCount === 1, 'the join to wait')
    expect(await join).toMatchObject({ code: 'unavailable' })
    await client.query('rollback')
    expect(await store.join(APP, 'outage', { id: 'cyd' })).toMatchObject({ changed: true })
  })

  it('is what a statement that takes too long looks like', async () => {
    const client = await database.connect()
    await client.query('begin')
    await client.query("select 1 from nowcast.conversations where id = 'outage' for update")
    const startedAt = performance.now()
    await expect(store.send([messageDraft('outage', 'late')])).rejects.toMatchObject({ code: 'unavailable' })
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    await client.query('rollback')
    expect(await store.send([messageDraft('outage', 'late')])).toMatchObject([{ duplicate: false }])
  })

  it('is not declared for everybody when some statements take too long', async () => {
    await store.create(conversationDraft('quiet'))
    const client = await database.connect()
    await client.query('begin')
    await client.query("select 1 from nowcast.conversations where id = 'outage' for update")
    const late = Array.from({ length: 5 }, (_, index) =>
      store.send([messageDraft('outage', `late-${index}`)]),
    )
    const outcomes = await Promise.allSettled(late)
    expect(outcomes.map(({ status }) => status)).toEqual(late.map(() => 'rejected'))
    expect(await store.membership(APP, 'quiet', 'ada')).toMatchObject({ role: 'owner' })
    await client.query('rollback')
  })

  it('is not made by many who search for what takes long', async () => {
    const client = await database.connect()
    await client.query('begin')
    await client.query('lock table nowcast.messages in access exclusive mode')
    const searches = Array.from({ length: 60 }, () => store.search(APP, 'ada', { query: 'b', limit: 1 }))
    const outcomes = Promise.allSettled(searches)
    expect(await store.membership(APP, 'quiet', 'ada')).toMatchObject({ role: 'owner' })
    await expect(searches.at(-1)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: expect.any(Number),
    })
    await client.query('rollback')
    expect((await outcomes).filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(40)
  })

  it('is not made by a notification that is none of ours', async () => {
    const client = await database.connect()
    await client.query("notify nowcast_committed, 'garbage'")
    await client.query("notify nowcast_committed, '[[1]]'")
    const { position } = await store.join(APP, 'quiet', { id: 'bob' })
    await eventually(() => listener.newest('quiet') === position.offset, 'the commit to be heard of')
  })

  async function expectHealing(patienceMs = 2_000): Promise<void> {
    const works = () =>
      store.send([messageDraft('outage', 'm1')]).then(
        () => true,
        () => false,
      )
    await eventually(works, 'the store to work again', patienceMs)
  }
})
