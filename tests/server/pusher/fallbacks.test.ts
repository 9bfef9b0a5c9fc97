// What works over a WebSocket works over HTTP: the published pusher-js with its own transports for it, on one node, and on two
// of which each request reaches another.
import { randomUUID } from 'node:crypto'
import { type ConfigInput, createNode } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterNodes, overEveryCluster } from '../../support/everyCluster.ts'
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

overEveryCluster(config, (nodes) => {
  let proxy: HttpProxy
  beforeAll(async () => {
    proxy = await HttpProxy.start(nodes().urls.map((url) => Number(new URL(url).port)))
  })
  afterAll(() => proxy?.stop())

  describe.each(transports.flatMap((transport) => pusherVersions.map((version) => ({ transport, version }))))(
    'pusher-js $version over $transport',
    ({ transport, version }) => {
      const open = (id: string) => {
        const { hostname: httpHost, port } = new URL(proxy.url)
        const options = { httpHost, httpPort: Number(port), enabledTransports: [transport] }
        return pages.open(proxy.url, { version, backend, user: { id }, options })
      }

      it('hears what is published', async () => {
        const page = await open('ada')
        const name = `news-${randomUUID()}`
        await page.subscribe(name)
        for (let n = 1; n <= 50; n += 1) await nodes().nodes[0]?.publish(name, 'headline', { n, text: 'příliš "žluťoučký"\n\u2028' })
        await page.untilHeard('headline', name, 50)
        expect(page.data('headline', name)).toEqual(
          Array.from({ length: 50 }, (_, index) => ({ n: index + 1, text: 'příliš "žluťoučký"\n\u2028' })),
        )
        expect(page.states).toEqual(['connected'])
      })
    },
  )
})
