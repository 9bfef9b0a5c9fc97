// The built client in Chromium, behind a proxy that lets no WebSocket through, and then no stream either. The page is of
// another origin than the proxy.
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NowcastClient, TransportName } from '@nowcast/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { HttpProxy } from '../support/httpProxy.ts'
import { ServerProcess, temporaryFolder } from '../support/serverProcess.ts'
import { tokenFor } from '../support/tokens.ts'

/** The page looks for a better transport after a moment, not after half a minute. */
const PAGE = `<!doctype html>
<script type="importmap">
  { "imports": { "@nowcast/client": "/app/client/index.js", "@nowcast/protocol": "/app/protocol/index.js" } }
</script>
<script type="module">
  import { createClient } from '@nowcast/client'
  const POLL_TIMEOUT_MS = 40000
  const after = (delayMs, run) => {
    const timer = setTimeout(run, delayMs > 22000 && delayMs !== POLL_TIMEOUT_MS && window.isHurried ? 50 : delayMs)
    return () => clearTimeout(timer)
  }
  window.start = (url, token) => {
    const timers = { now: () => Date.now(), random: () => Math.random(), after }
    window.client = createClient({ url, token, timers })
    window.heard = []
    window.client.channel('room-1').on('count', (count) => window.heard.push(count))
  }
</script>`

interface PageWindow {
  start?(url: string, token: string): void
  client: NowcastClient
  heard: number[]
  isHurried?: boolean
}
declare const window: PageWindow

let folder: string
let server: ServerProcess
let proxy: HttpProxy
let browser: Browser

beforeAll(async () => {
  folder = await temporaryFolder()
  for (const name of ['client', 'protocol']) {
    const built = fileURLToPath(new URL(`../../packages/${name}/dist`, import.meta.url))
    await cp(built, join(folder, name), { recursive: true })
  }
  await writeFile(join(folder, 'index.html'), PAGE)
  server = await ServerProcess.start({
    config: `export default {
      pages: { '/app/': ${JSON.stringify(folder)} },
      channels: { 'room-*': { publish: 'user', history: { size: 1000, ttl: '10m' } } },
      drainTimeout: 500,
    }`,
  })
  proxy = await HttpProxy.start([server.port])
  browser = await launchBrowser()
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  proxy.upgrades = 'pass'
  proxy.streams = 'pass'
})

afterAll(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** A page whose client connects through the proxy. */
async function open(user: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await prepare(page)
  await page.goto(`${server.url}/app/`)
  await page.waitForFunction(() => window.start !== undefined)
  await page.evaluate(([url, token]) => window.start?.(url, token), [proxy.url, tokenFor(user)] as const)
  await page.waitForFunction(() => window.client.channel('room-1').getSnapshot().state === 'subscribed')
  return page
}

const transportOf = (page: Page) => page.evaluate(() => window.client.connection.getSnapshot().transport)
const reaches = (page: Page, name: TransportName) =>
  page.waitForFunction((wanted) => window.client.connection.getSnapshot().transport === wanted, name)
const heardOn = (page: Page) => page.evaluate(() => window.heard)
const publish = (page: Page, from: number, to: number) =>
  page.evaluate(
    async ([first, last]) => {
      const channel = window.client.channel('room-1')
      const acknowledged: Promise<unknown>[] = []
      for (let count = first; count <= last; count += 1) acknowledged.push(channel.publish('count', count))
      await Promise.all(acknowledged)
    },
    [from, to] as const,
  )
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

it.each([
  ['stream', 'pass'],
  ['polling', 502],
  ['polling', 'buffer'],
] as const)('talks over %s where WebSockets are refused and streams %s', async (name, streams) => {
  proxy.upgrades = 403
  proxy.streams = streams
  const ada = await open('ada')
  const bob = await open('bob')
  expect([await transportOf(ada), await transportOf(bob)]).toEqual([name, name])
  const before = (await heardOn(bob)).length
  await publish(ada, 1, 150)
  await publish(bob, 151, 160)
  await expect.poll(async () => (await heardOn(bob)).slice(before)).toEqual(upTo(160))
  await expect.poll(async () => (await heardOn(ada)).slice(before)).toEqual(upTo(160))
})

it('talks over a stream where the browser has no WebSocket', async () => {
  const ada = await open('ada', (page) => page.addInitScript('delete globalThis.WebSocket'))
  expect(await transportOf(ada)).toBe('stream')
  await publish(ada, 1, 3)
  await expect.poll(() => heardOn(ada)).toEqual(upTo(3))
})

it('loses nothing when the network goes and comes back with less, and takes a WebSocket when it can be had', async () => {
  const ada = await open('ada')
  const bob = await open('bob')
  expect(await transportOf(bob)).toBe('websocket')
  await publish(ada, 1, 20)

  await bob.context().setOffline(true)
  await bob.waitForFunction(() => window.client.connection.state === 'unavailable')
  proxy.upgrades = 403
  proxy.cut()
  await publish(ada, 21, 40)
  await bob.context().setOffline(false)
  await reaches(bob, 'stream')

  await bob.evaluate(() => {
    window.isHurried = true
  })
  proxy.streams = 502
  proxy.cut()
  await publish(ada, 41, 60)
  await reaches(bob, 'polling')

  proxy.upgrades = 'pass'
  await publish(ada, 61, 80)
  await reaches(bob, 'websocket')
  await publish(ada, 81, 100)
  await expect.poll(() => heardOn(bob)).toEqual(upTo(100))
})
