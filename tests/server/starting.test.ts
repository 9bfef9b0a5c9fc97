// The real command: what it says when it can't start, and that it comes back from anything.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { COMMAND, ServerProcess, temporaryFolder } from '../support/serverProcess.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await TestDatabase.start()
})
afterAll(() => database?.stop())

const servers: ServerProcess[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.dispose()
})

async function prepare(options: Parameters<typeof ServerProcess.prepare>[0] = {}): Promise<ServerProcess> {
  const server = await ServerProcess.prepare(options)
  servers.push(server)
  return server
}

async function start(options: Parameters<typeof ServerProcess.prepare>[0] = {}): Promise<ServerProcess> {
  const server = await prepare(options)
  await server.start()
  return server
}

/** The one sentence that a start which must fail ends with. */
async function refusal(options: Parameters<typeof ServerProcess.prepare>[0]): Promise<string> {
  const server = await prepare(options)
  const { code, output } = await server.runToEnd()
  expect(code, output).toBe(1)
  expect(output).not.toMatch(/^\s+at /m)
  expect(output.trim().split('\n')).toHaveLength(1)
  return output.trim()
}

const external = () => ['--database', database.embedded.url]
const isAlive = (pid: number) => existsSync(`/proc/${pid}`)
async function databasePid(server: ServerProcess): Promise<number> {
  const file = await readFile(join(server.directory, '.nowcast', 'postgres', 'postmaster.pid'), 'utf8')
  return Number.parseInt(file, 10)
}

describe('a start that can not be', () => {
  it('names the port that is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const address = occupant.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const directory = await temporaryFolder()
    expect(await refusal({ port, directory, flags: external() })).toContain(
      `Port ${port} on 127.0.0.1 is taken`,
    )
    occupant.close()
    await rm(directory, { recursive: true })
  })

  it.each([
    ['a syntax error', 'export default {', /nowcast\.config\.ts can't be read/],
    ['an unknown key', 'export default { prot: 1 }', /nowcast\.config\.ts: "prot": there is no such setting/],
    [
      'a wrong type',
      "export default { connections: { heartbeat: 'soon' } }",
      /nowcast\.config\.ts: "connections\.heartbeat"/,
    ],
  ])('names the file and the key of %s', async (_what, config, named) => {
    expect(await refusal({ config })).toMatch(named)
  })

  it('names the data folder that can not be used', async () => {
    const directory = await temporaryFolder()
    await writeFile(join(directory, 'file'), '')
    expect(await refusal({ directory, flags: ['--data', 'file/data'] })).toContain(
      `The data folder ${directory}/file/data can't be used: it is no folder.`,
    )
    await rm(directory, { recursive: true })
  })

  it('names the database that can not be reached, never its password', async () => {
    const said = await refusal({ flags: ['--database', 'postgres://app:hush-hush@127.0.0.1:1/shop'] })
    expect(said).toContain('127.0.0.1:1/shop')
    expect(said).not.toContain('hush-hush')
  })

  it('refuses the development secret, and a weak one, in production', async () => {
    const production = { NODE_ENV: 'production' }
    expect(await refusal({ environment: production })).toContain('NOWCAST_APP_SECRET')
    expect(
      await refusal({
        environment: { ...production, NOWCAST_APP_KEY: 'key', NOWCAST_APP_SECRET: 'short-secret' },
      }),
    ).toMatch(/^(?!.*short-secret).*at least 32 characters/)
  })
})

describe('a running server', () => {
  it('keeps its data to itself, and everything through a crash', async () => {
    const server = await start()
    const second = await ServerProcess.prepare({ directory: server.directory })
    const { code, output } = await second.runToEnd()
    expect(code).toBe(1)
    expect(output).toContain(`process ${server.pid}`)

    const ada = await RawClient.connect(server.url, 'ada')
    await ada.call('conversation.create', { conversation: 'kept', name: 'Kept' })
    await ada.call('conversation.send', { conversation: 'kept', messageId: 'm1', body: 'still here' })
    const postgres = await databasePid(server)
    await server.end('SIGKILL')
    await server.start()
    expect(await databasePid(server), 'the running database is adopted').toBe(postgres)
    const again = await RawClient.connect(server.url, 'ada')
    const { messages } = await again.call('conversation.history', { conversation: 'kept' })
    expect(messages).toMatchObject([{ id: 'm1', body: 'still here' }])
    const repeated = { conversation: 'kept', messageId: 'm1', body: 'still here' }
    expect(await again.call('conversation.send', repeated)).toMatchObject({ duplicate: true })

    await expectHealthThroughDatabaseLoss(server)

    const last = await databasePid(server)
    const ended = server.end('SIGINT')
    await again.until(() => again.pushes.some(({ type }) => type === 'draining'), 'the announcement')
    expect(await again.closeCode()).toBe(4503)
    expect(await ended).toBe(0)
    expect(isAlive(last)).toBe(false)
    expect(existsSync(join(server.directory, '.nowcast', 'nowcast.lock'))).toBe(false)
  })

  it('works on a database of its operator’s', async () => {
    const server = await start({ flags: external() })
    expect(server.output).not.toContain(new URL(database.embedded.url).password)
    const ada = await RawClient.connect(server.url, 'ada')
    await ada.call('conversation.create', { conversation: 'theirs', name: 'Theirs' })
    expect(existsSync(join(server.directory, '.nowcast'))).toBe(false)
    ada.terminate()
    expect(await server.end()).toBe(0)
    const client = await database.connect()
    const { rows } = await client.query("select name from nowcast.conversations where id = 'theirs'")
    expect(rows).toEqual([{ name: 'Theirs' }])
  })

  it('gives tokens for a name in development', async () => {
    const server = await start({ flags: external() })
    const answer = await requestToken(server)
    expect(answer.status).toBe(200)
    const { token, user, expiresAt } = await answer.json()
    expect(user).toEqual({ id: 'ada-lovelace', name: 'Ada Lovelace' })
    expect(expiresAt).toBeGreaterThan(Date.now())
    await connectWith(server, token, 'ada-lovelace')
    const long = await (await requestToken(server, '名'.repeat(60))).json()
    await connectWith(server, long.token, long.user.id)
    expect((await requestToken(server, 'nul \0')).status).toBe(400)
    const printed = execFileSync(process.execPath, [COMMAND, 'token', 'ada'], { cwd: server.directory })
    await connectWith(server, printed.toString().trim(), 'ada')
    expect(spawnSync(process.execPath, [COMMAND, 'token'], { cwd: server.directory }).status).not.toBe(0)
  })

  it('gives none in production', async () => {
    const secret = 's'.repeat(32)
    const server = await start({
      flags: external(),
      environment: { NODE_ENV: 'production', NOWCAST_APP_KEY: 'key', NOWCAST_APP_SECRET: secret },
    })
    expect(server.output).not.toContain(secret)
    const answer = await requestToken(server)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
  })
})

async function expectHealthThroughDatabaseLoss(server: ServerProcess): Promise<void> {
  const health = async () => (await fetch(`${server.url}/health`)).json()
  expect(await health()).toMatchObject({
    status: 'ok',
    services: {
      database: { status: 'up', latencyMs: expect.any(Number), pool: { total: expect.any(Number) } },
      engine: { status: 'up', kind: 'memory' },
    },
    counts: { connections: 1, users: 1, messagesWaiting: 0 },
    memory: { rss: expect.any(Number) },
  })
  const postgres = await databasePid(server)
  process.kill(postgres, 'SIGKILL')
  await eventually(async () => (await health()).status === 'degraded', 'the loss to be told', 5_000)
  await eventually(async () => (await health()).status === 'ok', 'the database to be back', 15_000)
  expect(await databasePid(server)).not.toBe(postgres)
}

const requestToken = (server: ServerProcess, name = 'Ada Lovelace') =>
  fetch(`${server.url}/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })

async function connectWith(server: ServerProcess, token: string, user: string): Promise<void> {
  const client = await RawClient.open(server.url)
  expect(await client.call('connect', { version: 1, token })).toMatchObject({ user: { id: user } })
  client.terminate()
}
