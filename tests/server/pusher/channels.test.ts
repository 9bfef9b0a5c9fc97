// Channels of every kind with the published pusher-js.
import { randomUUID } from 'node:crypto'
import nacl from 'tweetnacl'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => {
  backend.override = undefined
  pages.close()
})

const config = {
  channels: {
    'open-*': { publish: true },
    'private-open-*': { subscribe: 'user' as const, publish: 'user' as const },
  },
}

overEveryCluster(config, (nodes) => {
  const publish = (
    channel: string,
    event: string,
    data: Parameters<ReturnType<typeof nodes>['nodes'][0]['publish']>[2],
  ) => nodes().nodes[0]?.publish(channel, event, data)
  const nodeAt = (index: number) => nodes().urlOf(index)

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (node = 0, options = {}) => pages.open(nodeAt(node), { version, backend, ...options })

    it('connects with an id that all protocols take', async () => {
      const page = await open()
      expect(page.socketId).toMatch(/^\d+\.\d+$/)
      expect(page.states).toEqual(['connected'])
    })

    it.each(['', 'private-'])('hears what is published on a channel with the prefix "%s"', async (prefix) => {
      const name = `${prefix}news-${randomUUID()}`
      const [one, other] = [await open(0), await open(1)]
      await Promise.all([one.subscribe(name), other.subscribe(name)])
      for (let index = 0; index < 20; index += 1) await publish(name, 'headline', { index, text: 'ä€😀' })
      for (const page of [one, other]) {
        const heard = await page.untilHeard('headline', name, 20)
        expect(heard.map(({ data }) => data)).toEqual(
          Array.from({ length: 20 }, (_, index) => ({ index, text: 'ä€😀' })),
        )
      }
      one.pusher.unsubscribe(name)
      // What is said on one connection is heard in that order.
      await one.subscribe(`then-${randomUUID()}`)
      await publish(name, 'late', null)
      await other.untilHeard('late', name)
      await one.subscribe(`after-${randomUUID()}`)
      expect(one.heard('late')).toEqual([])
    })

    it('hears data of every shape as it was published', async () => {
      const name = `shapes-${randomUUID()}`
      const page = await open()
      await page.subscribe(name)
      const shapes = [
        'plain text',
        '{not json',
        '5',
        'true',
        '',
        5,
        true,
        null,
        [1, 'two'],
        { deep: [{ er: 1 }] },
      ]
      for (const shape of shapes) await publish(name, 'shape', shape)
      await page.untilHeard('shape', name, shapes.length)
      expect(page.data('shape')).toEqual(shapes)
    })

    it('reads encrypted channels, which only its pages can', async () => {
      const name = `private-encrypted-${randomUUID()}`
      const page = await open(1)
      const channel = await page.subscribe(name)
      const read: unknown[] = []
      channel.bind('secret', (data: unknown) => read.push(data))
      const { shared_secret: secret = '' } = backend.library.authorizeChannel(page.socketId, name)
      const nonce = nacl.randomBytes(24)
      const box = nacl.secretbox(Buffer.from('{"hidden":1}'), nonce, Buffer.from(secret, 'base64'))
      const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
      await publish(name, 'secret', { nonce: encode(nonce), ciphertext: encode(box) })
      await page.until(() => read.length > 0, 'what was encrypted')
      expect(read).toEqual([{ hidden: 1 }])
    })

    it('is refused without a signature that fits, and told why', async () => {
      const name = `private-${randomUUID()}`
      const page = await open()
      backend.override = ({ socketId }) => ({
        status: 200,
        body: JSON.stringify(backend.library.authorizeChannel(socketId, `${name}-other`)),
      })
      await expect(page.subscribe(name)).rejects.toThrow(/AuthError.*401/)
      backend.override = () => ({ status: 403, body: 'no' })
      await expect(page.subscribe(`private-${randomUUID()}`)).rejects.toThrow(/AuthError.*403/)
      await publish(name, 'hidden', 1)
      await page.subscribe(`after-${randomUUID()}`)
      expect(page.heard('hidden')).toEqual([])
    })

    it('hears native publications, and is heard by native subscribers', async () => {
      const name = `private-open-${randomUUID()}`
      const page = await open(1)
      const channel = await page.subscribe(name)
      const native = await nodes().join(name, 'ada', 0)
      const watcher = await open(0)
      await watcher.subscribe(name)
      const said = { channel: name, event: 'greeting', eventId: randomUUID(), data: { from: 'ada' } }
      await native.call('publish', said)
      for (const each of [page, watcher]) {
        const [heard] = await each.untilHeard('greeting', name)
        expect(heard).toEqual({ event: 'greeting', channel: name, data: { from: 'ada' } })
      }
      channel.trigger('client-answer', { to: 'ada' })
      await watcher.untilHeard('client-answer', name)
      await native.until(() => native.events(name).length === 2, 'the event of the page')
      expect(native.events(name)).toMatchObject([
        { offset: 1, name: 'greeting', sender: 'ada' },
        { offset: 2, name: 'client-answer', data: { to: 'ada' } },
      ])
      expect(page.heard('client-answer')).toEqual([])
    })
  })
})
