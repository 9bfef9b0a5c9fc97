// Threads beside the server, as `npm start` starts them: on the server's own database, and ended with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Me } from '../../examples/threads/shared/api.ts'
import { freePort, temporaryFolder } from '../support/serverProcess.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'
import { Page } from '../support/threadsBackend.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/serve.mjs', import.meta.url))

/** Machines that do much else are slow to make a database. */
const PATIENCE_MS = 90_000

let database: TestDatabase
let folder: string
let child: ChildProcess | undefined
let output: string

beforeAll(async () => {
  database = await TestDatabase.start()
})
afterAll(() => database?.stop())

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await end()
  await rm(folder, { recursive: true, force: true })
})

interface Starting {
  readonly flags?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
}

/** Starts both, and waits for what shall be said. @returns the server's port */
async function start(
  threadsPort: number,
  said: string,
  { flags = [], environment = {} }: Starting = {},
): Promise<number> {
  const port = await freePort()
  const started = spawn(process.execPath, [SCRIPT, '--port', String(port), ...flags], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_ENV: 'development',
      NOWCAST_LOG_LEVEL: 'warn',
      THREADS_PORT: String(threadsPort),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child = started
  output = ''
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  await eventually(() => output.includes(said) || started.exitCode !== null, said, PATIENCE_MS)
  expect(output).toContain(said)
  return port
}

/** Ends both as an operator would. */
async function end(): Promise<number | null> {
  if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return child.exitCode
}

/** On a database of the operator's. */
const shared = () => ['--database', database.embedded.url]

const isServed = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  )

describe('the start', () => {
  it('says where both are; sessions outlive it, and nothing else does', async () => {
    const threads = await freePort()
    const url = `http://127.0.0.1:${threads}`
    const port = await start(threads, `Threads    ${url}`)
    const page = new Page(url)
    await page.call('POST', '/api/login', { email: 'maya@northwind.example', password: 'threads' })
    const { realtime }: Me = await page.me()
    expect(realtime).toEqual({ host: '127.0.0.1', port, key: 'dev-key' })
    const pidFile = await readFile(join(folder, '.nowcast', 'postgres', 'postmaster.pid'), 'utf8')
    const databasePid = Number.parseInt(pidFile, 10)
    expect(await end()).toBe(0)
    expect(output).not.toContain('postgres://')
    expect([await isServed(url), existsSync(`/proc/${databasePid}`)]).toEqual([false, false])

    await start(threads, `Threads    ${url}`)
    expect((await page.me()).user.name).toBe('Maya Okafor')
  }, 180_000)

  it('of the server goes on when the port of Threads is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const address = occupant.address()
    const taken = typeof address === 'object' && address !== null ? address.port : 0
    const port = await start(taken, "Threads can't start. Its port is taken", { flags: shared() })
    expect(await isServed(`http://127.0.0.1:${port}/health`)).toBe(true)
    expect(await end()).toBe(0)
    occupant.close()
  })

  it('leaves Threads out in production', async () => {
    const threads = await freePort()
    const environment = {
      NODE_ENV: 'production',
      NOWCAST_APP_KEY: 'key',
      NOWCAST_APP_SECRET: 's'.repeat(32),
    }
    const port = await start(threads, 'Nowcast is running', { flags: shared(), environment })
    expect(await isServed(`http://127.0.0.1:${port}/health`)).toBe(true)
    expect(await end()).toBe(0)
    expect(output).not.toContain('Threads')
  })
})
