// The published pusher-js in Chromium, by itself and under Laravel Echo: over a WebSocket, and with its own transports where there is none, which it finds by
// itself. Each request reaches another of two nodes.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type Echo from 'laravel-echo'
import type { Browser, Page } from 'playwright-core'
import type PusherModule from 'pusher-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { ClusterNodes } from '../support/everyCluster.ts'
import { HttpProxy } from '../support/httpProxy.ts'
import { PusherBackend } from '../support/pusherBackend.ts'
import { pusherVersions } from '../support/pusherClients.ts'
import { TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'

const PACKAGES = { '8.6.0': 'pusher-js', '7.6.0': 'pusher-js-7' } as const
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

type Pusher = PusherModule.default
interface PageWindow {
  readonly Pusher: typeof PusherModule.default
  /** What the file of Laravel Echo for pages without modules defines. */
  readonly Echo: { readonly default: typeof Echo }
  pusher: Pusher
  heard: { event: string; channel?: string; data: unknown }[]
}
declare const window: PageWindow

let database: TestDatabase
let redis: TestRedis
let nodes: ClusterNodes
let proxy: HttpProxy
let backend: PusherBackend
let browser: Browser
/** An application's own server: its page, of another origin than the nodes, and what signs for it. */
let site: Server
let origin: string

beforeAll(async () => {
  ;[database, redis] = await Promise.all([TestDatabase.start(), TestRedis.start()])
  const config = {
    redis: { url: redis.url },
    channels: { '*': { subscribe: true } },
    presence: { linger: 100, batchWindow: 10 },
    pusher: { clientEventRate: false },
  } as const
  nodes = await ClusterNodes.start(database, config, config)
  proxy = await HttpProxy.start(nodes.urls.map((url) => Number(new URL(url).port)))
  backend = await PusherBackend.start()
  browser = await launchBrowser()
  site = createServer((request, response) => void serve(request, response))
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  proxy.upgrades = 'pass'
})

afterAll(async () => {
  await browser?.close()
  site?.closeAllConnections()
  site?.close()
  await proxy?.stop()
  await backend?.stop()
  await nodes?.stop()
  await redis?.dispose()
  await database?.stop()
})

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin)
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>')
    return
  }
  const id = searchParams.get('user') ?? pathname
  const fields = new URLSearchParams(await text(request))
  const channel = fields.get('channel_name') ?? undefined
  const question = { socketId: fields.get('socket_id') ?? '', channel, user: { id, info: { name: id } } }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(backend.sign(question)))
}

/** A page with nothing but pusher-js, as it is published for browsers. */
async function open(
  user: string,
  version: (typeof pusherVersions)[number],
  more: object = {},
): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const main = createRequire(import.meta.url).resolve(PACKAGES[version])
  await page.goto(origin)
  await page.addScriptTag({ path: join(dirname(main), '../web/pusher.js') })
  const { hostname, port } = new URL(proxy.url)
  const options = {
    cluster: 'local',
    forceTLS: false,
    enableStats: false,
    wsHost: hostname,
    wsPort: Number(port),
    httpHost: hostname,
    httpPort: Number(port),
    channelAuthorization: { transport: 'ajax' as const, endpoint: `${origin}/auth?user=${user}` },
    ...more,
  }
  await page.evaluate((given) => {
    window.heard = []
    window.pusher = new window.Pusher('dev-key', given)
    window.pusher.connection.bind('message', (message: PageWindow['heard'][number]) =>
      window.heard.push(message),
    )
  }, options)
  await page.waitForFunction(() => window.pusher.connection.state === 'connected', undefined, {
    timeout: 30_000,
  })
  return page
}

/** What carries a page, as pusher-js calls it. */
const transportOf = (page: Page) =>
  page.evaluate(() => {
    const manager = window.pusher.connection as unknown as { connection: { transport: { name: string } } }
    return manager.connection.transport.name
  })
const subscribe = async (page: Page, channel: string) => {
  await page.evaluate((name) => void window.pusher.subscribe(name), channel)
  await page.waitForFunction((name) => window.pusher.channel(name)?.subscribed === true, channel)
}
const heard = (page: Page, event: string) =>
  page.evaluate(
    (name) => window.heard.filter((message) => message.event === name).map(({ data }) => data),
    event,
  )

const ways = [
  ['a WebSocket', 'pass', {}, 'ws'],
  [
    'what it finds where WebSockets are refused',
    403,
    { enabledTransports: ['ws', 'xhr_streaming', 'xhr_polling'] },
    'xhr_streaming',
  ],
  ['a stream', 'pass', { enabledTransports: ['xhr_streaming'] }, 'xhr_streaming'],
  ['polls', 'pass', { enabledTransports: ['xhr_polling'] }, 'xhr_polling'],
] as const

describe.each(pusherVersions)('pusher-js %s in a browser', (version) => {
  it.each(ways)('talks over %s', async (_, upgrades, options, transport) => {
    proxy.upgrades = upgrades
    const [ada, bob] = await Promise.all([open('ada', version, options), open('bob', version, options)])
    expect([await transportOf(ada), await transportOf(bob)]).toEqual([transport, transport])

    const room = `presence-${randomUUID()}`
    for (const page of [ada, bob]) await subscribe(page, room)
    const members = () =>
      ada.evaluate(
        (name) =>
          Object.keys(
            (window.pusher.channel(name) as unknown as { members: { members: object } }).members.members,
          ),
        room,
      )
    await expect.poll(members).toEqual(['ada', 'bob'])

    await ada.evaluate((name) => {
      for (let n = 1; n <= 30; n += 1) window.pusher.channel(name).trigger('client-move', n)
    }, room)
    await expect.poll(() => heard(bob, 'client-move'), { timeout: 10_000 }).toEqual(upTo(30))

    const data = 'ř'.repeat(5_000)
    for (const n of upTo(40)) await nodes.nodes[n % 2]?.publish(room, 'update', { n, data })
    for (const page of [ada, bob]) {
      await expect.poll(async () => (await heard(page, 'update')).length, { timeout: 10_000 }).toBe(40)
      expect(
        (await heard(page, 'update')).map((update) => (update as { n: number }).n).toSorted((a, b) => a - b),
      ).toEqual(upTo(40))
      expect(await page.evaluate(() => window.pusher.connection.state)).toBe('connected')
    }
    await bob.close()
    await expect.poll(members, { timeout: 15_000 }).toEqual(['ada'])
  })

  it('serves Laravel Echo', async () => {
    const [ada, bob] = await Promise.all([open('ada', version), open('bob', version)])
    const main = createRequire(import.meta.url).resolve('laravel-echo')
    const room = randomUUID()
    for (const page of [ada, bob]) {
      await page.addScriptTag({ path: join(dirname(main), 'echo.iife.js') })
      await page.evaluate((name) => {
        const options = {
          broadcaster: 'pusher',
          key: 'dev-key',
          cluster: 'local',
          client: window.pusher,
        } as const
        const tell = (event: string) => (data: unknown) => window.heard.push({ event, data })
        new window.Echo.default(options)
          .join(name)
          .here(tell('here'))
          .joining(tell('joining'))
          .leaving(tell('leaving'))
          .listenForWhisper('typing', tell('whisper'))
          .listen('OrderShipped', tell('listened'))
      }, room)
      await expect.poll(async () => (await heard(page, 'here')).length).toBe(1)
    }
    await expect.poll(() => heard(ada, 'joining')).toEqual([{ name: 'bob' }])
    await ada.evaluate((name) => {
      window.pusher.channel(`presence-${name}`).trigger('client-typing', { who: 'ada' })
    }, room)
    await expect.poll(() => heard(bob, 'whisper')).toEqual([{ who: 'ada' }])
    await nodes.nodes[1]?.publish(`presence-${room}`, 'App\\Events\\OrderShipped', { order: 1 })
    for (const page of [ada, bob]) await expect.poll(() => heard(page, 'listened')).toEqual([{ order: 1 }])
    await bob.close()
    await expect.poll(() => heard(ada, 'leaving'), { timeout: 15_000 }).toEqual([{ name: 'bob' }])
  })
})
