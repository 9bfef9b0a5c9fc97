// The real command: apps of the database while the server runs and while it doesn't, and SIGHUP for those of the file.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectTo, type Pair } from '../support/appClients.ts'
import type { RawClient } from '../support/rawClient.ts'
import { COMMAND, ServerProcess } from '../support/serverProcess.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'

const FILE = { key: 'file-key', secret: 'file-secret' }
const NEXT = { key: 'next-key', secret: 'next-secret' }

/** Each command is a process of its own. */
const TIMEOUT_MS = 120_000

let server: ServerProcess
const clients: RawClient[] = []
beforeAll(async () => {
  server = await ServerProcess.start({ config: configuration([FILE]) })
})
afterAll(async () => {
  for (const client of clients) client.terminate()
  await server?.dispose()
})

function configuration([first, ...keys]: readonly Pair[], further = ''): string {
  const app = JSON.stringify({ id: 'filed', ...first, keys })
  return `export default { apps: [${app}], limits: { connects: false }, ${further} }`
}

const writeConfiguration = (text: string) => writeFile(join(server.directory, 'nowcast.config.ts'), text)

/** What a command printed, and how it ended. */
async function run(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const options = { cwd: server.directory, env: { ...process.env, NODE_ENV: 'development' } }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, 'app', ...args], options)
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as {
      readonly code: number
      readonly stdout: string
      readonly stderr: string
    }
    return { code, output: `${stdout}${stderr}`.trim() }
  }
}

function pairOf(output: string): Pair {
  const [, key = '', secret = ''] = /^Key +(\S+)\nSecret +(\S+)$/m.exec(output) ?? []
  return { key, secret }
}

const outcome = (pair: Pair) =>
  connectTo(server.url, pair, 'ada').then(
    (client) => {
      clients.push(client)
      return 'connected'
    },
    (error: Error) => error.message,
  )
const until = (pair: Pair, expected: string) =>
  eventually(async () => (await outcome(pair)) === expected, `"${expected}"`)

it('makes, changes and lists apps while the server runs', { timeout: TIMEOUT_MS }, async () => {
  const created = await run('create', 'shop', '--name', 'The shop')
  expect(created).toMatchObject({ code: 0, output: expect.stringMatching(/^App +shop\n/) })
  const first = pairOf(created.output)
  expect([first.key.length, first.secret.length]).toEqual([20, 43])
  await until(first, 'connected')
  const second = pairOf((await run('rotate', 'shop')).output)
  await until(second, 'connected')
  expect(await outcome(first)).toBe('connected')
  const { output } = await run('list')
  expect(output.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['ID', 'STATE', 'NAME', 'KEYS'],
    ['1', 'enabled', '(configuration)', 'dev-key'],
    ['filed', 'enabled', '(configuration)', FILE.key],
    ['shop', 'enabled', 'The shop', `${first.key}, ${second.key}`],
    [''],
  ])
  expect(output).not.toContain(first.secret)
  expect(await run('retire', 'shop', first.key)).toMatchObject({ code: 0 })
  await until(first, 'unknown_app')
  expect(await run('disable', 'shop')).toEqual({ code: 0, output: 'The app "shop" is disabled.\n' })
  await until(second, 'app_disabled')
  expect(await run('enable', 'shop')).toEqual({ code: 0, output: 'The app "shop" is enabled.\n' })
  await until(second, 'connected')
  expect(await run('retire', 'shop', second.key)).toEqual({
    code: 1,
    output: 'This is the only key of the app "shop": add another one with "nowcast app rotate shop" first.',
  })
})

const refusals: readonly (readonly [readonly string[], string])[] = [
  [['create', 'a shop'], '"a shop" can\'t be the id of an app: 1 to 64 letters, digits, _ or -.'],
  [['create', 'filed'], 'There is an app "filed" already.'],
  [['create', 'shop'], 'There is an app "shop" already.'],
  [['rotate', 'nowhere'], 'There is no app "nowhere".'],
  [
    ['rotate', 'filed'],
    'The app "filed" is in the configuration: change it there, and send the server a SIGHUP.',
  ],
  [['retire', 'shop', 'nothing'], 'The app "shop" has no key "nothing" that holds.'],
  [['retire', 'nowhere', 'nothing'], 'There is no app "nowhere".'],
  [['disable', 'nowhere'], 'There is no app "nowhere".'],
]

it(
  'refuses in one sentence what can not be done',
  async () => {
    const answers = refusals.map(async ([args]) => [args, await run(...args)])
    const expected = refusals.map(([args, sentence]) => [args, { code: 1, output: sentence }])
    expect(await Promise.all(answers)).toEqual(expected)
  },
  TIMEOUT_MS,
)

it('reads the apps of the file again on SIGHUP; a mistake changes nothing', async () => {
  await until(FILE, 'connected')
  const early = clients.at(-1)
  await writeConfiguration(configuration([NEXT, FILE]))
  process.kill(server.pid, 'SIGHUP')
  await until(NEXT, 'connected')
  expect(await outcome(FILE)).toBe('connected')
  await writeConfiguration(configuration([NEXT], "host: 7, apps: 'none'"))
  process.kill(server.pid, 'SIGHUP')
  await eventually(() => server.output.includes('The apps stay as they were. Mistake in'), 'the sentence')
  expect(await outcome(FILE)).toBe('connected')
  // What is no app's stays as it was, without a word.
  await writeConfiguration(configuration([NEXT], 'port: 1'))
  process.kill(server.pid, 'SIGHUP')
  await until(FILE, 'unknown_app')
  expect(await outcome(NEXT)).toBe('connected')
  expect(await early?.call('ping', {})).toEqual({})
})

it('works while the server does not run, and the server has it when it starts', async () => {
  await writeConfiguration(configuration([FILE]))
  await server.end()
  const { code, output } = await run('create', 'later')
  expect(code, output).toBe(0)
  await server.start()
  expect(await outcome(pairOf(output))).toBe('connected')
})

it('works on an external database, one that no server has used yet too', async () => {
  const database = await TestDatabase.start()
  try {
    const url = database.embedded.url
    expect(await run('create', 'elsewhere', '--database', url)).toMatchObject({ code: 0 })
    expect((await run('list', '--database', url)).output).toContain('elsewhere')
    expect((await run('list')).output).not.toContain('elsewhere')
  } finally {
    await database.stop()
  }
})
