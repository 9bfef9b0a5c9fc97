// One schema for file, environment and flags; a mistake is one sentence that names the key.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig, parseConfig } from './load.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nowcast-config-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const load = (environment: Record<string, string> = {}, flags: Record<string, string> = {}, file?: string) =>
  loadConfig({ directory, environment, flags, ...(file === undefined ? {} : { file }) })

it('has defaults for everything', async () => {
  const config = await load()
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 4_000,
    app: { id: '1', key: 'dev-key', secret: 'dev-secret' },
  })
  expect(config.connections).toMatchObject({ heartbeat: 30_000, connectTimeout: 5_000 })
  expect(config.dataDir).toBe(join(directory, '.nowcast'))
})

it('takes flags over environment over file', async () => {
  await writeFile(
    join(directory, 'nowcast.config.ts'),
    "export default { port: 1, host: 'file', logLevel: 'warn' as const }",
  )
  const config = await load(
    { NOWCAST_PORT: '2', NOWCAST_HOST: 'environment' },
    { port: '3', 'database.url': 'postgres://x/y' },
  )
  expect(config).toMatchObject({
    port: 3,
    host: 'environment',
    logLevel: 'warn',
    database: { url: 'postgres://x/y', pool: 20 },
  })
})

it.each([
  ["export default { connections: { heartbeat: 'soon' } }", 'connections.heartbeat'],
  ['export default { conections: {} }', 'conections'],
  ['export default { app: { secrets: "x" } }', 'app.secrets'],
  ["export default { channels: { 'a-*': { subscribe: 'everyone' } } }", 'channels.a-*.subscribe'],
  ['export default 7', 'must export a configuration'],
  ['export default {', "can't be read"],
  ["import 'nowhere-to-be-found'\nexport default {}", "can't be read"],
])('names what is wrong in %s', async (text, named) => {
  await writeFile(join(directory, 'nowcast.config.ts'), text)
  await expect(load()).rejects.toThrow(named)
  await expect(load()).rejects.toMatchObject({ name: 'StartupError' })
})

it('names a wrong flag or environment variable by its key', async () => {
  await expect(load({ NOWCAST_PORT: 'http' })).rejects.toThrow('"port"')
  await expect(load({}, { 'database.url': 'mysql://x' })).rejects.toThrow('"database.url"')
})

it('takes numbers from the environment', async () => {
  expect(await load({ NOWCAST_TRUST_PROXY: '2' })).toMatchObject({ trustProxy: 2 })
  await expect(load({ NOWCAST_TRUST_PROXY: 'all' })).rejects.toThrow('trustProxy')
})

it('refuses a file that was asked for and is not there', async () => {
  await expect(load({}, {}, 'other.config.ts')).rejects.toThrow('There is no configuration file')
})

it('understands durations', () => {
  const heartbeat = (value: unknown) =>
    parseConfig({ connections: { heartbeat: value } }).connections.heartbeat
  expect([
    heartbeat(5),
    heartbeat('250ms'),
    heartbeat('30s'),
    heartbeat('2m'),
    heartbeat('1h'),
    heartbeat('1d'),
  ]).toEqual([5, 250, 30_000, 120_000, 3_600_000, 86_400_000])
})
