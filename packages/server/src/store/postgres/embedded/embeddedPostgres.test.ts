// The embedded PostgreSQL keeps its data and comes up again, whatever was left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../../../tests/support/serverProcess.ts'
import { eventually, silentLog } from '../../../../../../tests/support/testDatabase.ts'
import { systemClock } from '../../../foundation/clock.ts'
import { EmbeddedPostgres } from './embeddedPostgres.ts'

let folder: string
let running: EmbeddedPostgres[]
beforeEach(async () => {
  folder = await temporaryFolder()
  running = []
})
afterEach(async () => {
  for (const embedded of running) await embedded.stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(dataDir = folder): Promise<EmbeddedPostgres> {
  const embedded = await EmbeddedPostgres.start(dataDir, systemClock, silentLog)
  running.push(embedded)
  return embedded
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query({ text, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

const pidFile = () => join(folder, 'postgres', 'postmaster.pid')
const pid = async () => Number.parseInt(await readFile(pidFile(), 'utf8'), 10)
const answers = (url: string) =>
  query(url, 'select 1').then(
    () => true,
    () => false,
  )

describe('the embedded PostgreSQL', () => {
  it('is a real one, ready for what Nowcast needs, and private', async () => {
    const { url, description } = await start()
    expect(await query(url, 'show wal_level')).toEqual(['logical'])
    expect(await query(url, "select name from pg_available_extensions where name = 'pg_trgm'")).toHaveLength(
      1,
    )
    expect(await query(url, 'show listen_addresses')).toEqual(['127.0.0.1'])
    const { password } = new URL(url)
    expect(password.length).toBeGreaterThanOrEqual(32)
    expect(description).not.toContain(password)
    expect((await stat(join(folder, 'postgres.password'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'postgres'))).mode & 0o777).toBe(0o700)
    expect(existsSync(join(folder, 'postgres.password.once'))).toBe(false)
    const wrong = new URL(url)
    wrong.password = 'guess'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password/)
  })

  it('keeps its data across restarts', async () => {
    const first = await start()
    await query(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    expect(existsSync(pidFile())).toBe(false)
    const second = await start()
    expect(await query(second.url, 'select answer from kept')).toEqual([42])
  })

  it('is started again on the same port when it is killed', async () => {
    const { url } = await start()
    await query(url, 'create table kept as select 42 as answer')
    const killed = await pid()
    process.kill(killed, 'SIGKILL')
    await eventually(() => answers(url), 'the database to be back', 10_000)
    expect(await query(url, 'select answer from kept')).toEqual([42])
    expect(await pid()).not.toBe(killed)
  })

  it('that outlived its node is adopted', async () => {
    const child = startInChild(folder)
    const [chunk] = await once(child.stdout ?? child, 'data')
    const url = String(chunk).trim()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await answers(url)).toBe(true)
    const orphan = await pid()
    const embedded = await start()
    expect(await pid()).toBe(orphan)
    expect(embedded.url).toBe(url)
    process.kill(orphan, 'SIGKILL')
    await eventually(() => answers(url), 'the adopted database to be started again', 10_000)
  })

  it('takes no other process for its own', async () => {
    await (await start()).stop()
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    try {
      const lines = [bystander.pid, join(folder, 'postgres'), 1_700_000_000, 1, '', '127.0.0.1', '', 'ready']
      await writeFile(pidFile(), `${lines.join('\n')}\n`)
      expect(await answers((await start()).url)).toBe(true)
      expect(bystander.exitCode ?? bystander.signalCode).toBe(null)
    } finally {
      bystander.kill('SIGKILL')
    }
  })

  it.each(['', 'nonsense\n'])('comes up beside a pid file that says %j', async (text) => {
    await (await start()).stop()
    await writeFile(pidFile(), text)
    expect(await answers((await start()).url)).toBe(true)
  })

  it('is set up anew when that was interrupted', async () => {
    const unfinished = join(folder, 'postgres.unfinished')
    await mkdir(join(unfinished, 'base'), { recursive: true })
    await writeFile(join(unfinished, 'PG_VERSION'), '18\n')
    await writeFile(join(folder, 'postgres.password.once'), 'old\n')
    expect(await answers((await start()).url)).toBe(true)
    expect(existsSync(unfinished)).toBe(false)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'lives in /var/lib/nowcast when its own user may not enter the data folder',
    async () => {
      await chmod(folder, 0o700)
      const first = await start()
      const [place] = await query(first.url, 'show data_directory')
      try {
        expect(place).toMatch(/^\/var\/lib\/nowcast\/data-[0-9a-f]{12}\/postgres$/)
        await query(first.url, 'create table kept as select 42 as answer')
        await first.stop()
        const second = await start()
        expect(await query(second.url, 'select answer from kept')).toEqual([42])
        await second.stop()
      } finally {
        await rm(dirname(String(place)), { recursive: true, force: true })
      }
    },
  )
})

/** Starts a PostgreSQL from a process that can be killed; it prints the address. */
function startInChild(dataDir: string): ChildProcess {
  const module = new URL('../../../../dist/store/postgres/embedded/embeddedPostgres.js', import.meta.url)
  const script = `
    const { EmbeddedPostgres } = await import(${JSON.stringify(module.href)})
    const clock = { after: () => ({ cancel() {} }) }
    const { url } = await EmbeddedPostgres.start(${JSON.stringify(dataDir)}, clock, console)
    console.log(url)
    setInterval(() => {}, 1000)
  `
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
