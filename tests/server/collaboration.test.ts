// Documents that several people edit at once, over real nodes: pages of the native client and pages of pusher-js.
import { createHmac, randomUUID } from 'node:crypto'
import { createClient, type NowcastClient } from '@nowcast/client'
import {
  CollaborationProvider,
  type CollaborationTransport,
  nowcastTransport,
  pusherTransport,
} from '@nowcast/yjs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { overEveryCluster } from '../support/everyCluster.ts'
import { PusherBackend } from '../support/pusherBackend.ts'
import { PusherPages } from '../support/pusherClients.ts'
import { Relay } from '../support/relay.ts'
import { tokenFor } from '../support/tokens.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })
const sign = (text: string) => `dev-key:${createHmac('sha256', 'dev-secret').update(text).digest('hex')}`

overEveryCluster({}, (nodes) => {
  const clients: NowcastClient[] = []
  const providers: CollaborationProvider[] = []
  const pages = new PusherPages()
  let backend: PusherBackend
  let relay: Relay
  beforeAll(async () => {
    backend = await PusherBackend.start()
    relay = await Relay.start(Number(new URL(nodes().urlOf(0)).port))
  })
  afterEach(async () => {
    for (const provider of providers.splice(0)) {
      await provider.destroy()
      provider.document.destroy()
    }
    for (const client of clients.splice(0)) client.close()
    pages.close()
  })
  afterAll(async () => {
    await relay?.stop()
    await backend?.stop()
  })

  function edit(transport: CollaborationTransport) {
    const document = new Y.Doc()
    const provider = new CollaborationProvider(document, { transport })
    providers.push(provider)
    const text = document.getText('body')
    const synced = () => until(() => expect(provider.getSnapshot().state).toBe('synced'))
    return { document, provider, text, synced }
  }

  function native(channel: string, user: string, url: string) {
    const client = createClient({
      url,
      token: () => tokenFor(user),
      authorize: ({ channel: name, connection }) => ({ auth: sign(`${connection}:${name}`) }),
      WebSocket,
      transports: ['websocket'],
      backoff: { minMs: 5, maxMs: 50 },
      outbox: { storage: 'memory' },
    })
    clients.push(client)
    return edit(nowcastTransport(client.channel(channel)))
  }

  async function onPusher(channel: string, user: string, url: string) {
    const page = await pages.open(url, { backend, user: { id: user } })
    return edit(pusherTransport(await page.subscribe(channel)))
  }

  const same = (...editors: readonly { text: Y.Text }[]) =>
    until(() => expect(new Set(editors.map(({ text }) => text.toString())).size).toBe(1))

  describe('a document', () => {
    it('is the same for all who edit it with the native client, whatever becomes of their connections', async () => {
      const channel = `private-${randomUUID()}`
      const one = native(channel, 'ada', relay.url)
      const other = native(channel, 'bob', nodes().urlOf(1))
      one.text.insert(0, 'before ')
      await one.synced()
      await other.synced()
      for (let index = 0; index < 20; index += 1) {
        if (index % 7 === 3) relay.cut()
        one.text.insert(one.text.length, `a${index} `)
        other.text.insert(0, `b${index} `)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      one.text.insert(0, 'large '.repeat(10_000))
      await same(one, other)
      for (let index = 0; index < 20; index += 1) {
        expect(one.text.toString()).toContain(`a${index} `)
        expect(one.text.toString()).toContain(`b${index} `)
      }
      const late = native(channel, 'eve', nodes().urlOf(0))
      await late.synced()
      await same(one, other, late)
      expect(late.text.length).toBe(one.text.length)
    })

    it('is the same for all who edit it with pusher-js, and for the native client beside them', async () => {
      const channel = `private-${randomUUID()}`
      const one = await onPusher(channel, 'ada', relay.url)
      const two = await onPusher(channel, 'bob', nodes().urlOf(1))
      const three = native(channel, 'eve', nodes().urlOf(0))
      for (const editor of [one, two, three]) await editor.synced()
      for (let index = 0; index < 30; index += 1) {
        if (index === 10) relay.cut()
        one.text.insert(0, `a${index} `)
        two.text.insert(two.text.length, `b${index} `)
        three.text.insert(0, `c${index} `)
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
      two.text.insert(0, 'large '.repeat(3_000))
      await until(() => expect(one.text.length).toBeGreaterThan(18_000))
      await same(one, two, three)
      expect(one.text.toString()).toContain('c29 ')
      one.provider.awareness.setLocalStateField('user', 'Ada')
      for (const { provider } of [two, three]) {
        await until(() =>
          expect([...provider.awareness.getStates().values()].some(({ user }) => user === 'Ada')).toBe(true),
        )
      }
    })
  })
})
