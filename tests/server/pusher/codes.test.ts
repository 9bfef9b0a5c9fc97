// Every code that Pusher's documentation has for errors and closes, each provoked; and what the published pusher-js makes of
// them.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { ConfigInput } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { PUSHER_PATH, RawPusherClient } from '../../support/rawPusherClient.ts'
import { TestDatabase } from '../../support/testDatabase.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

const DOCUMENTED = [
  4000, 4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4100, 4200, 4201, 4202, 4301,
] as const

/** A server and a client that does what the code is for. */
interface Provocation {
  readonly config?: ConfigInput
  readonly provoke: (url: string) => Promise<RawPusherClient>
}

const QUICK: ConfigInput = { pusher: { activityTimeout: 1_000, pongTimeout: 200 } }

const open =
  (path = PUSHER_PATH) =>
  (url: string) =>
    RawPusherClient.open(url, path)

const provocations: Readonly<Record<(typeof DOCUMENTED)[number], Provocation>> = {
  4000: { config: { pusher: { requireTls: true } }, provoke: open() },
  4001: { provoke: open('/app/nobody?protocol=7') },
  4003: { config: { app: { enabled: false } }, provoke: open() },
  4004: { config: { limits: { ...UNLIMITED, connectionsPerAddress: 1 } }, provoke: second },
  4005: { provoke: open('/app?protocol=7') },
  4006: { provoke: open('/app/dev-key?protocol=seven') },
  4007: { provoke: open('/app/dev-key?protocol=3') },
  4008: { provoke: open('/app/dev-key') },
  4009: {
    provoke: async (url) => {
      const client = await RawPusherClient.connect(url)
      client.say('pusher:signin', { auth: 'dev-key:wrong', user_data: '{"id":"ada"}' })
      return client
    },
  },
  4100: { config: { connections: { max: 1 } }, provoke: second },
  4200: {
    provoke: async (url) => {
      const client = await RawPusherClient.connect(url)
      void nodes?.nodes[0]?.stop()
      return client
    },
  },
  4201: { config: QUICK, provoke: (url) => RawPusherClient.connect(url) },
  4202: {
    config: QUICK,
    provoke: (url) => RawPusherClient.connect(url, '/app/dev-key?protocol=4', { autoPong: false }),
  },
  4301: {
    config: { pusher: { clientEventRate: '1/60s' } },
    provoke: async (url) => {
      const client = await RawPusherClient.connect(url)
      await client.subscribe('private-room')
      for (const data of [1, 2]) client.say('client-move', data, 'private-room')
      return client
    },
  },
}

/** Not below 4300: the connection goes on. */
const FIRST_THAT_CLOSES_NOTHING = 4300

const pages = new PusherPages()
const clients: RawPusherClient[] = []
let database: TestDatabase
let backend: PusherBackend
let nodes: ClusterNodes | undefined

beforeAll(async () => {
  database = await TestDatabase.start()
  backend = await PusherBackend.start()
})
afterEach(async () => {
  pages.close()
  for (const client of clients.splice(0)) client.terminate()
  await nodes?.stop()
  nodes = undefined
})
afterAll(async () => {
  await backend?.stop()
  await database?.stop()
})

async function start(config: ConfigInput = {}): Promise<string> {
  nodes = await ClusterNodes.start(database, config)
  return nodes.urlOf(0)
}

/** Where there is room for one. */
async function second(url: string): Promise<RawPusherClient> {
  clients.push(await RawPusherClient.connect(url))
  return RawPusherClient.open(url)
}

it.each(DOCUMENTED)('the code %i is reached', async (code) => {
  const { config, provoke } = provocations[code]
  const client = await provoke(await start(config))
  clients.push(client)
  await client.untilHeard('pusher:error')
  expect(client.data('pusher:error')).toEqual([{ code, message: expect.stringMatching(/\w/) }])
  if (code < FIRST_THAT_CLOSES_NOTHING) {
    expect(await client.closeCode()).toBe(code)
    expect(client.closed?.reason).not.toBe('')
  } else {
    await client.settled()
    expect(client.closed).toBeUndefined()
  }
})

describe('an app that requires TLS', () => {
  const config: ConfigInput = { pusher: { requireTls: true }, trustProxy: 1 }

  it('serves whom a trusted proxy has heard through it, and nobody else', async () => {
    const url = await start(config)
    const through = (protocol: string) => ({ headers: { 'X-Forwarded-Proto': protocol } })
    clients.push(await RawPusherClient.connect(url, PUSHER_PATH, through('https')))
    const plain = await RawPusherClient.open(url, PUSHER_PATH, through('http'))
    expect(await plain.closeCode()).toBe(4000)
  })

  it('believes nobody else about it', async () => {
    const url = await start({ pusher: { requireTls: true } })
    const headers = { 'X-Forwarded-Proto': 'https' }
    const client = await RawPusherClient.open(url, PUSHER_PATH, { headers })
    expect(await client.closeCode()).toBe(4000)
  })
})

describe.each(pusherVersions)('pusher-js %s', (version) => {
  it('comes back through TLS after 4000', async () => {
    const TLS_HANDSHAKE = 22
    const secure = createServer().listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const { port: wssPort } = secure.address() as AddressInfo
    const url = await start({ pusher: { requireTls: true } })
    const page = pages.begin(url, { version, options: { enabledTransports: ['ws', 'wss'], wssPort } })
    const [socket] = await once(secure, 'connection')
    const [bytes] = await once(socket, 'data')
    expect(bytes[0]).toBe(TLS_HANDSHAKE)
    expect(page.errors[0].error.data.code).toBe(4000)
    page.close()
    socket.destroy()
    secure.close()
  })

  it.each([4001, 4003, 4004] as const)('gives up after %i', async (code) => {
    const { config } = provocations[code]
    const url = await start(config)
    if (code === 4004) clients.push(await RawPusherClient.connect(url))
    const page = pages.begin(url, code === 4001 ? { version, key: 'nobody' } : { version })
    await page.until(() => page.states.includes('disconnected'), 'giving up')
    expect(page.errors[0].error.data.code).toBe(code)
  })

  it('is disconnected by 4009', async () => {
    const page = await pages.open(await start(), { version, backend, user: { id: 'ada' } })
    backend.override = ({ socketId }) => {
      const { user_data } = backend.library.authenticateUser(socketId, { id: 'bob' })
      const { auth } = backend.library.authenticateUser(socketId, { id: 'ada' })
      return { status: 200, body: JSON.stringify({ auth, user_data }) }
    }
    page.pusher.signin()
    await page.until(() => page.states.includes('disconnected'), 'the end')
    backend.override = undefined
    expect(page.errors[0].data.code).toBe(4009)
  })

  it('waits after 4100, and comes when there is room', async () => {
    const url = await start({ connections: { max: 1 } })
    const first = await RawPusherClient.connect(url)
    const page = pages.begin(url, { version })
    await page.until(() => page.errors.length > 0, 'the refusal')
    expect(page.errors[0].error.data.code).toBe(4100)
    first.terminate()
    await page.connected()
  })

  it('goes on after 4301', async () => {
    const { config } = provocations[4301]
    const url = await start(config ?? {})
    const page = await pages.open(url, { version, backend })
    const channel = await page.subscribe('private-room')
    for (const index of [1, 2]) channel.trigger('client-move', { index })
    await page.until(() => page.errors.length > 0, 'the refusal')
    expect(page.errors[0].data.data?.code ?? page.errors[0].data.code).toBe(4301)
    await page.subscribe('after')
    expect(page.states).toEqual(['connected'])
  })
})
