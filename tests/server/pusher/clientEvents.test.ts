// Events of clients: who may send them, who hears them, how many there may be.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { RawPusherClient } from '../../support/rawPusherClient.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

const config = {
  channels: { '*': { subscribe: true, publish: 'user' as const } },
  presence: { linger: 100, batchWindow: 10 },
  pusher: { clientEventRate: '10/60s' },
}

overEveryCluster(config, (nodes) => {
  const nodeAt = (index: number) => nodes().urlOf(index)

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (id: string, node = 0) => pages.open(nodeAt(node), { version, backend, user: { id } })

    it('reach everybody else on a private channel, in order', async () => {
      const name = `private-${randomUUID()}`
      const [ada, bob, eve] = [await open('ada'), await open('bob', 1), await open('eve', 0)]
      const channel = await ada.subscribe(name)
      await Promise.all([bob.subscribe(name), eve.subscribe(name)])
      const sent = [{ n: 1 }, 'text', '5', 5, ['a'], null, { deep: { er: true } }]
      for (const data of sent) channel.trigger('client-move', data)
      for (const page of [bob, eve]) {
        const heard = await page.untilHeard('client-move', name, sent.length)
        expect(heard.map(({ data }) => data)).toEqual([
          { n: 1 },
          'text',
          5,
          5,
          ['a'],
          null,
          { deep: { er: true } },
        ])
        expect(heard.every((message) => message.user_id === undefined)).toBe(true)
      }
      expect(ada.heard('client-move')).toEqual([])
    })

    it('name the member who sent them on a presence channel', async () => {
      const name = `presence-${randomUUID()}`
      const [ada, bob] = [await open('ada'), await open('bob', 1)]
      const channel = await ada.enter(name)
      const other = await bob.enter(name)
      const native = await nodes().join(name, 'nat')
      const senders: unknown[] = []
      other.bind('client-typing', (_data: unknown, metadata: { user_id?: string }) =>
        senders.push(metadata.user_id),
      )
      channel.trigger('client-typing', { on: true })
      await bob.until(() => senders.length === 1, 'the event')
      expect(senders).toEqual(['ada'])
      await native.until(() => native.events(name).length === 1, 'the event')
      expect(native.events(name)).toMatchObject([
        { name: 'client-typing', data: { on: true }, sender: 'ada' },
      ])
      // Nobody else's word for who they are counts.
      await nodes().nodes[0]?.publish(name, 'update', { by: 'the backend' })
      const [update] = await bob.untilHeard('update', name)
      expect(update).not.toHaveProperty('user_id')
    })

    it('are refused above the rate, and the connection goes on', async () => {
      const name = `private-${randomUUID()}`
      const [ada, bob] = [await open('ada'), await open('bob', 1)]
      const channel = await ada.subscribe(name)
      await bob.subscribe(name)
      for (let index = 0; index < 12; index += 1) channel.trigger('client-many', index)
      await ada.until(() => ada.errors.length === 2, 'two refusals')
      expect(ada.errors.map(({ data }) => data.data?.code ?? data.code)).toEqual([4301, 4301])
      await bob.untilHeard('client-many', name, 10)
      await nodes().nodes[0]?.publish(name, 'still', 'here')
      await ada.untilHeard('still', name)
      await bob.untilHeard('still', name)
      expect(bob.data('client-many')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })
  })

  it.each([
    ['a public channel', `news-${randomUUID()}`, 'client-x', 1, true],
    ['an encrypted channel', `private-encrypted-${randomUUID()}`, 'client-x', 1, true],
    ['a channel without a subscription', `private-${randomUUID()}`, 'client-x', 1, false],
    ['the channel of a user', '#server-to-user-ada', 'client-x', 1, false],
    ['a name that is too long', `private-${randomUUID()}`, `client-${'x'.repeat(200)}`, 1, true],
    ['a name with control characters', `private-${randomUUID()}`, 'client-\u0007', 1, true],
    ['too much data', `private-${randomUUID()}`, 'client-x', 'x'.repeat(10_241), true],
  ])('are refused: %s', async (_, name, event, data, isSubscribed) => {
    const client = await RawPusherClient.connect(nodeAt(0))
    const watcher = await RawPusherClient.connect(nodeAt(1))
    if (isSubscribed) {
      await client.subscribe(name)
      await watcher.subscribe(name)
    }
    client.say(event, data, name)
    await client.untilHeard('pusher:error', name)
    expect(client.data('pusher:error')).toMatchObject([{ code: 4301 }])
    await client.settled()
    await watcher.settled()
    expect(watcher.heard(event)).toEqual([])
    for (const each of [client, watcher]) each.terminate()
  })

  it('take data up to the limit', async () => {
    const name = `private-${randomUUID()}`
    const [client, watcher] = [
      await RawPusherClient.connect(nodeAt(0)),
      await RawPusherClient.connect(nodeAt(1)),
    ]
    await client.subscribe(name)
    await watcher.subscribe(name)
    const data = 'x'.repeat(10_240)
    client.say('client-large', data, name)
    const [heard] = await watcher.untilHeard('client-large', name)
    expect(heard).toEqual({ event: 'client-large', channel: name, data })
    for (const each of [client, watcher]) each.terminate()
  })
})
