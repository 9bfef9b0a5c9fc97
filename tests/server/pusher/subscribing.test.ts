// Pages that subscribe twice, change their minds, ask for what nobody may have, and come back: the published pusher-js.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'
import { pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'

const SUCCEEDED = 'pusher_internal:subscription_succeeded'
const prefixes = [
  '',
  'private-',
  'presence-',
  'private-encrypted-',
  'cache-',
  'private-cache-',
  'presence-cache-',
]
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

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const trigger = (channel: string, event: string, data: unknown) =>
    pusherLibrary(nodes().urlOf(1)).trigger(channel, event, data)

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (node = 0, id: string = randomUUID()) =>
      pages.open(nodes().urlOf(node), { version, backend, user: { id } })

    it.each(prefixes)(
      'hears everything once that it subscribed to twice, with the prefix "%s"',
      async (prefix) => {
        const name = `${prefix}${randomUUID()}`
        const page = await open()
        const first = page.pusher.subscribe(name)
        expect(page.pusher.subscribe(name)).toBe(first)
        await page.untilHeard(SUCCEEDED, name)
        expect(page.pusher.subscribe(name)).toBe(first)
        // It changes its mind twice in one moment.
        page.pusher.unsubscribe(name)
        page.pusher.subscribe(name)
        await page.untilHeard(SUCCEEDED, name, 2)
        await trigger(name, 'tick', 1)
        await trigger(name, 'tick', 2)
        await page.untilHeard('tick', name, 2)
        await page.subscribe(`after-${randomUUID()}`)
        expect([page.heard('tick', name).length, page.errors]).toEqual([2, []])
      },
    )

    it.each(prefixes)(
      'is on all its channels again when it comes back, with the prefix "%s"',
      async (prefix) => {
        const name = `${prefix}${randomUUID()}`
        const page = await open()
        await page.subscribe(name)
        const before = page.socketId
        page.pusher.disconnect()
        page.pusher.connect()
        await page.untilHeard(SUCCEEDED, name, 2)
        await trigger(name, 'tick', 1)
        await page.untilHeard('tick', name)
        expect(page.socketId).not.toBe(before)
      },
    )

    it.each(['my channel', 'news/today', 'a:b', 'nächste', 'private-a b', `x${'y'.repeat(200)}`, 'user-ada'])(
      'is told that nobody may subscribe to "%s"',
      async (name) => {
        const page = await open()
        // The library would sign no such name.
        backend.override = ({ socketId, channel }) => ({
          status: 200,
          body: JSON.stringify({ auth: pusherAuth(`${socketId}:${channel}`) }),
        })
        await expect(page.subscribe(name)).rejects.toThrow(/"status":4\d\d/)
        await page.subscribe(`after-${randomUUID()}`)
        expect(page.states).toEqual(['connected'])
      },
    )

    it('is not heard on channels where it may not send, nor with names that are reserved', async () => {
      const [name, quiet] = [`private-${randomUUID()}`, `news-${randomUUID()}`]
      const [page, other] = [await open(0), await open(1)]
      for (const each of [page, other]) for (const channel of [name, quiet]) await each.subscribe(channel)
      page.pusher.send_event('client-move', {}, quiet)
      for (const event of ['move', 'pusher:error', 'pusher_internal:member_added']) {
        page.pusher.send_event(event, {}, name)
      }
      await page.until(() => page.errors.length === 4, 'the refusals')
      const heardBefore = other.messages.length
      await trigger(name, 'after', 1)
      await other.untilHeard('after', name)
      expect(other.messages.slice(heardBefore).map(({ event }) => event)).toEqual(['after'])
      expect(other.heard('client-move')).toEqual([])
      expect(page.states).toEqual(['connected'])
    })
  })

  it('may be asked with data that is an object or a text of JSON', async () => {
    const client = await RawPusherClient.connect(nodes().urlOf(0))
    const names = [`news-${randomUUID()}`, `private-${randomUUID()}`]
    for (const channel of names) {
      const fields = { channel, auth: pusherAuth(`${client.socketId}:${channel}`) }
      client.say('pusher:subscribe', JSON.stringify(fields))
      await client.untilHeard(SUCCEEDED, channel)
      client.say('pusher:unsubscribe', JSON.stringify({ channel }))
      client.say('pusher:subscribe', fields)
      await client.untilHeard(SUCCEEDED, channel, 2)
    }
    for (const channel of names) {
      const [frame] = client.heard(SUCCEEDED, channel)
      expect(frame).toEqual({ event: SUCCEEDED, channel, data: '{}' })
    }
    client.terminate()
  })
})
