// A node that can't start leaves nothing behind: no connection, no process, no lock.
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createNode, StartupError } from '@nowcast/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from '../support/serverProcess.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await temporaryFolder()
  database = await TestDatabase.start()
})
afterAll(async () => {
  await database?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('names the key of a folder of pages that does not exist, before anything is started', async () => {
  const dataDir = join(folder, 'untouched')
  const starting = createNode({ dataDir, logLevel: 'silent', pages: { '/shop/': join(folder, 'nowhere') } })
  await expect(starting).rejects.toThrow(StartupError)
  await expect(starting).rejects.toThrow(/"pages\.\/shop\/".*nowhere/)
  expect(existsSync(dataDir)).toBe(false)
})

it.each([
  ['a path that is none', { pages: { '/:a(/': '.' } }, 'pages'],
  ['an id that is none', { conversations: { seed: { 'with space': 'x' } } }, 'conversations.seed'],
  ['an id of direct conversations', { conversations: { seed: { 'dm-x': 'x' } } }, 'conversations.seed'],
  ['a name that can not be stored', { conversations: { seed: { a: '\0' } } }, 'conversations.seed.a'],
  ['an address that is none', { database: { url: 'postgres://host:port/x' } }, 'database.url'],
])('names the key of %s', async (_what, config, key) => {
  await expect(createNode({ logLevel: 'silent', ...config })).rejects.toThrow(`"${key}`)
})

it('closes its connections when it fails after the database was reached', async () => {
  const config = { database: { url: database.embedded.url }, logLevel: 'silent' } as const
  const node = await createNode(config)
  const client = await database.connect()
  await client.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
    create trigger refuse before insert on nowcast.conversations for each row execute function refuse()`)
  await node.stop()
  await expect(createNode({ ...config, conversations: { seed: { general: 'General' } } })).rejects.toThrow(
    'no',
  )
  await client.query('drop trigger refuse on nowcast.conversations')
  const open = "select 1 from pg_stat_activity where application_name = 'nowcast'"
  await eventually(async () => (await client.query(open)).rows.length === 0, 'all connections to be closed')
})

it('gives back the data folder and ends the embedded database', async () => {
  const dataDir = join(folder, 'half')
  await mkdir(dataDir)
  const database = { pool: 2, statementTimeout: '1ms' } as const
  await expect(createNode({ dataDir, database, logLevel: 'silent' })).rejects.toThrow()
  expect(existsSync(join(dataDir, 'nowcast.lock'))).toBe(false)
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
})

it('starts although a user was faster to make a conversation of the configuration', async () => {
  const store = database.store()
  await store.create({
    app: '1',
    id: 'general',
    kind: 'open',
    name: 'Mine',
    support: false,
    creator: { id: 'eve' },
    members: [],
    maxMembers: 100,
  })
  const node = await createNode({
    database: { url: database.embedded.url },
    logLevel: 'silent',
    conversations: { seed: { general: 'General' } },
  })
  await node.stop()
})
