// The published library for backends and the published pusher-js, with nothing of ours but the server between them.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const libraryOf = (node: number) => pusherLibrary(nodes().urlOf(node))

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (node: number, id: string = randomUUID()) =>
      pages.open(nodes().urlOf(node), { version, backend, user: { id } })

    it('hears triggers, but not those that spare it', async () => {
      const names = [`news-${randomUUID()}`, `private-${randomUUID()}`]
      const [one, two] = [await open(0), await open(1)]
      for (const name of names) await Promise.all([one.subscribe(name), two.subscribe(name)])
      await libraryOf(1).trigger(names, 'spared', { text: 'for others' }, { socket_id: one.socketId })
      await libraryOf(0).triggerBatch(
        names.map((channel) => ({ channel, name: 'batched', data: { channel } })),
      )
      for (const page of [one, two]) await page.untilHeard('batched', undefined, 2)
      expect(two.data('spared')).toEqual([{ text: 'for others' }, { text: 'for others' }])
      expect(one.heard('spared')).toEqual([])
      expect(two.data('batched')).toEqual(names.map((channel) => ({ channel })))
    })

    it('hears the last trigger of a cache channel', async () => {
      const name = `private-encrypted-cache-${randomUUID()}`
      await libraryOf(0).trigger(name, 'price', { is: 1 })
      const page = await open(1)
      const read: unknown[] = []
      const channel = page.pusher.subscribe(name)
      channel.bind('price', (data: unknown) => read.push(data))
      await page.until(() => read.length > 0, 'the price')
      expect(read).toEqual([{ is: 1 }])
      expect(page.heard('pusher:cache_miss')).toEqual([])
    })

    it('hears what is sent to its user, whose connections can be ended', async () => {
      const user = randomUUID()
      const [one, two, other] = [await open(0, user), await open(1, user), await open(0)]
      for (const page of [one, two, other]) await page.signIn()
      await libraryOf(1).sendToUser(user, 'notice', { text: 'hello' })
      for (const page of [one, two]) await page.untilHeard('notice')
      expect(other.heard('notice')).toEqual([])
      await libraryOf(0).terminateUserConnections(user)
      for (const page of [one, two]) {
        await page.until(() => page.pusher.connection.state === 'disconnected', 'the end')
        expect(page.errors[0].data.code).toBe(4009)
      }
      expect(other.pusher.connection.state).toBe('connected')
    })

    it('is counted among the members and subscribers that the backend sees', async () => {
      const [room, name] = [`presence-${randomUUID()}`, `news-${randomUUID()}`]
      const [one, two] = [await open(0, 'ada'), await open(1, 'bob')]
      for (const page of [one, two]) {
        await page.enter(room)
        await page.subscribe(name)
      }
      const users = await (await libraryOf(0).get({ path: `/channels/${room}/users` })).json()
      expect(users).toEqual({ users: expect.arrayContaining([{ id: 'ada' }, { id: 'bob' }]) })
      const info = { path: `/channels/${name}`, params: { info: 'subscription_count' } }
      const channel = await (await libraryOf(1).get(info)).json()
      expect(channel).toMatchObject({ occupied: true })
    })
  })
})
