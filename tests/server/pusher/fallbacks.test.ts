// What works over a WebSocket works over HTTP: the published pusher-js with its own transports for it, on one node, and on two
// of which each request reaches another.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { userChannel } from '@nowcast/protocol'
import type { ConfigInput } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { HttpProxy } from '../../support/httpProxy.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

const config: ConfigInput = {
  channels: { '*': { subscribe: true, publish: 'user' } },
  presence: { linger: 100, batchWindow: 10 },
  pusher: { clientEventRate: false },
}
const transports = ['xhr_streaming', 'xhr_polling'] as const
const cases = transports.flatMap((transport) => pusherVersions.map((version) => ({ transport, version })))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

overEveryCluster(config, (nodes) => {
  let proxy: HttpProxy
  beforeAll(async () => {
    proxy = await HttpProxy.start(nodes().urls.map((url) => Number(new URL(url).port)))
  })
  afterAll(() => proxy?.stop())

  describe.each(cases)('pusher-js $version over $transport', ({ transport, version }) => {
    const open = (id: string) => {
      const { hostname: httpHost, port } = new URL(proxy.url)
      const options = { httpHost, httpPort: Number(port), enabledTransports: [transport] }
      return pages.open(proxy.url, { version, backend, user: { id, info: { name: id } }, options })
    }
    const publish = (channel: string, event: string, data: string | number) =>
      nodes().nodes[0]?.publish(channel, event, data)

    it('hears all that is published, in order', async () => {
      const page = await open('ada')
      const channel = `news-${randomUUID()}`
      await page.subscribe(channel)
      const texts = upTo(60).map((n) => `${n} příliš "žluťoučký"\n\u2028🐎`)
      for (const text of texts) await publish(channel, 'headline', text)
      await page.untilHeard('headline', channel, texts.length)
      expect(page.data('headline', channel)).toEqual(texts)
      expect(page.states).toEqual(['connected'])
    })

    it('loses nothing of much more than a browser keeps of one response', async () => {
      const page = await open('ada')
      const channel = `news-${randomUUID()}`
      await page.subscribe(channel)
      const texts = upTo(40).map((n) => `${n} ${'x'.repeat(15_000)}`)
      for (const text of texts) {
        await publish(channel, 'headline', text)
        await nextTurn()
      }
      await page.untilHeard('headline', channel, texts.length)
      expect(page.data('headline', channel)).toEqual(texts)
      expect(page.states).toEqual(['connected'])
    })

    it('sends in order what others hear', async () => {
      const channel = `private-${randomUUID()}`
      // All pages of a process number their requests together, as no two pages of a browser do.
      const bob = await pages.open(nodes().urlOf(1), { version, backend, user: { id: 'bob' } })
      const ada = await open('ada')
      const sending = await ada.subscribe(channel)
      await bob.subscribe(channel)
      for (const n of upTo(20)) sending.trigger('client-move', { n })
      await bob.untilHeard('client-move', channel, 20)
      expect(bob.data('client-move', channel)).toEqual(upTo(20).map((n) => ({ n })))
      expect(ada.heard('client-move')).toEqual([])
    })

    it('sees who is there, who comes and who closes the page', async () => {
      const room = `presence-${randomUUID()}`
      const [ada, bob] = [await open('ada'), await open('bob')]
      const { members } = await ada.enter(room)
      expect((await bob.enter(room)).members.get('ada')?.info).toEqual({ name: 'ada' })
      await ada.until(() => members.count === 2, 'the other member')
      bob.close()
      await ada.until(() => members.count === 1, 'the leaving')
      expect(ada.data('pusher_internal:member_removed', room)).toEqual([{ user_id: 'bob' }])
    })

    it('signs in', async () => {
      const user = `user-${randomUUID()}`
      const page = await open(user)
      await page.signIn()
      const said = { name: 'notice', channel: `#server-to-user-${user}` }
      await publish(userChannel(user), said.name, 1)
      await page.untilHeard(said.name, said.channel)
    })

    it('gives up where it is not served, and says why', async () => {
      const { hostname: httpHost, port } = new URL(proxy.url)
      const options = { httpHost, httpPort: Number(port), enabledTransports: [transport] }
      const page = pages.begin(proxy.url, { version, key: 'nobody', options })
      await page.until(() => page.states.includes('disconnected'), 'giving up')
      expect(page.errors[0].error.data.code).toBe(4001)
    })
  })
})
