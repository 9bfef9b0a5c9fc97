// Cache channels: who subscribes hears the last event first, exactly once, however busy the channel is.
import { randomUUID } from 'node:crypto'
import type { Json } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'
import { RawPusherClient } from '../../support/rawPusherClient.ts'

const MISS = 'pusher:cache_miss'
const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const nodeAt = (index: number) => nodes().urlOf(index)
  const publish = (channel: string, event: string, data: Json, node = 0) => {
    const publisher = nodes().nodes[node % nodes().nodes.length]
    if (publisher === undefined) throw new Error('unreachable')
    return publisher.publish(channel, event, data)
  }

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (node = 0) => pages.open(nodeAt(node), { version, backend, user: { id: `user-${node}` } })

    it.each(['cache-', 'private-cache-', 'presence-cache-'])(
      'hears the last event first on %s',
      async (prefix) => {
        const name = `${prefix}${randomUUID()}`
        const early = await open()
        await early.subscribe(name)
        await early.untilHeard(MISS, name)
        await publish(name, 'price', { is: 1 })
        await publish(name, 'price', { is: 2 })
        const late = await open(1)
        await late.subscribe(name)
        await late.untilHeard('price', name)
        await publish(name, 'price', { is: 3 })
        for (const [page, times] of [
          [early, 3],
          [late, 2],
        ] as const)
          await page.untilHeard('price', name, times)
        expect(early.data('price')).toEqual([{ is: 1 }, { is: 2 }, { is: 3 }])
        expect(late.data('price')).toEqual([{ is: 2 }, { is: 3 }])
        expect([early.heard(MISS).length, late.heard(MISS).length]).toEqual([1, 0])
      },
    )

    it('does not keep what clients say', async () => {
      const name = `private-cache-${randomUUID()}`
      const [one, two] = [await open(), await open(1)]
      const channel = await one.subscribe(name)
      await two.subscribe(name)
      await publish(name, 'price', { is: 1 })
      await one.untilHeard('price')
      channel.trigger('client-price', { is: 2 })
      await two.untilHeard('client-price')
      const late = await open()
      await late.subscribe(name)
      await late.untilHeard('price', name)
      await late.subscribe(`after-${randomUUID()}`)
      expect(late.messages.filter((message) => message.channel === name).map(({ event }) => event)).toEqual([
        'pusher_internal:subscription_succeeded',
        'price',
      ])
    })
  })

  it.each(['cache-', 'presence-cache-'])(
    'loses and repeats nothing while events come, on %s',
    async (prefix) => {
      const name = `${prefix}${randomUUID()}`
      const LAST = 200
      let published = 0
      await publish(name, 'tick', published)
      const clients: RawPusherClient[] = []
      for (let index = 0; index < 20; index += 1) clients.push(await RawPusherClient.connect(nodeAt(index)))
      const publishing = (async () => {
        while (published < LAST) await publish(name, 'tick', ++published, published)
      })()
      const member = (index: number) => (prefix === 'cache-' ? undefined : { user_id: `user-${index}` })
      for (const [index, client] of clients.entries()) await client.subscribe(name, member(index))
      await publishing
      for (const client of clients) {
        await client.until(() => client.data('tick').at(-1) === LAST, 'the last event')
        const heard: number[] = client.data('tick')
        const [first = -1] = heard
        expect(heard).toEqual(Array.from({ length: LAST - first + 1 }, (_, index) => first + index))
        expect(client.heard(MISS)).toEqual([])
        if (prefix === 'cache-') expect(client.heard('tick').length).toBeGreaterThan(0)
        client.terminate()
      }
    },
  )
})

overEveryCluster({ pusher: { cacheTtl: 3_000 } }, (nodes) => {
  it('forgets the last event when its time is over', async () => {
    const name = `cache-${randomUUID()}`
    await pusherLibrary(nodes().urlOf(0)).trigger(name, 'price', { is: 1 })
    const cached = async () => {
      const info = { path: `/channels/${name}`, params: { info: 'cache' } }
      return 'cache' in (await (await pusherLibrary(nodes().urlOf(1)).get(info)).json())
    }
    expect(await cached()).toBe(true)
    await expect.poll(cached, { timeout: 10_000 }).toBe(false)
    const page = await pages.open(nodes().urlOf(1))
    await page.subscribe(name)
    await page.untilHeard(MISS, name)
    expect(page.heard('price')).toEqual([])
  })
})
