// Subscriptions that an application's backend signs, as it does for pusher-js.
import { createHmac, randomUUID } from 'node:crypto'
import { PROTOCOL_VERSION } from '@nowcast/protocol'
import Pusher from 'pusher'
import { afterEach, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import { RawClient } from '../support/rawClient.ts'
import { tokenFor } from '../support/tokens.ts'

const config = {
  app: { keys: [{ key: 'old-key', secret: 'old-secret' }] },
  apps: [{ id: 'quiet', key: 'quiet-key', secret: 'quiet-secret', pusher: { clientEvents: false } }],
  channels: { 'private-org-:org': { subscribe: ({ user, params }) => user.org === params.org } },
} satisfies Parameters<typeof overEveryCluster>[0]

const sign = (text: string, { key = 'dev-key', secret = 'dev-secret' } = {}) =>
  `${key}:${createHmac('sha256', secret).update(text).digest('hex')}`

const clients: RawClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
})

/** A connection and its id. */
async function connect(url: string, user = 'ada', claims = {}) {
  const client = await RawClient.open(url)
  clients.push(client)
  const token = tokenFor(user, claims)
  const { connection: id } = await client.call('connect', { version: PROTOCOL_VERSION, token })
  const subscribe = async (channel: string, proof: { auth?: string; channelData?: string } = {}) => {
    const { channels } = await client.call('subscribe', { channels: [{ channel, ...proof }] })
    const [result] = channels
    return result !== undefined && 'error' in result ? result.error.code : result?.recovery
  }
  const refresh = (changed: Readonly<Record<string, unknown>>) =>
    client.call('refresh', { token: tokenFor(user, changed) })
  return { client, id, subscribe, refresh }
}

overEveryCluster(config, (nodes) => {
  const begin = (user?: string, node = 0, claims = {}) => connect(nodes().urlOf(node), user, claims)
  const name = (prefix = 'private') => `${prefix}-${randomUUID()}`

  describe('a signature', () => {
    it('of any current key lets its connection subscribe to its channel, and nothing else does', async () => {
      const { id, subscribe } = await begin()
      const other = await begin('bob')
      const channel = name()
      const wrong = [
        sign(`${other.id}:${channel}`),
        sign(`${id}:${channel}-2`),
        sign(`${id}:${channel}`, { secret: 'guessed' }),
        sign(`${id}:${channel}`, { key: 'no-key' }),
        sign(`${id}:${channel}`, { key: 'old-key' }),
        `${sign(`${id}:${channel}`)}00`,
        sign(`${id}:${channel}`).split(':')[1] ?? '',
        'dev-key:',
        '',
      ]
      expect(await subscribe(channel)).toBe('forbidden')
      for (const auth of wrong)
        expect([auth, await subscribe(channel, { auth })]).toEqual([auth, 'forbidden'])
      expect(await subscribe(channel, { auth: sign(`${id}:${channel}`) })).toBe('fresh')
      const second = name()
      const auth = sign(`${id}:${second}`, { key: 'old-key', secret: 'old-secret' })
      expect(await subscribe(second, { auth })).toBe('fresh')
    })

    it('is what the "pusher" library makes, with the data of a member too', async () => {
      const pusher = new Pusher({ appId: '1', key: 'dev-key', secret: 'dev-secret', host: '127.0.0.1' })
      const { id, subscribe } = await begin()
      const [open, presence] = [name(), name('presence')]
      expect(await subscribe(open, pusher.authorizeChannel(id, open))).toBe('fresh')
      const { auth, channel_data: channelData = '' } = pusher.authorizeChannel(id, presence, {
        user_id: 'ada',
        user_info: { name: 'Ada' },
      })
      expect(await subscribe(presence, { auth })).toBe('forbidden')
      expect(await subscribe(presence, { auth, channelData: channelData.replace('Ada', 'Eve') })).toBe(
        'forbidden',
      )
      expect(await subscribe(presence, { auth, channelData })).toBe('fresh')
    })

    it('for one channel is none for another channel and its data', async () => {
      const { id, subscribe } = await begin()
      const channel = name()
      const auth = sign(`${id}:${channel}:more`)
      expect(await subscribe(channel, { auth, channelData: 'more' })).toBe('forbidden')
      expect(await subscribe(`${channel}:more`, { auth })).toBe('fresh')
    })

    it('opens no conversation and no channel of a user', async () => {
      const { client, id, subscribe } = await begin('eve')
      const owner = await begin('owner')
      const conversation = randomUUID()
      await owner.client.call('conversation.create', { conversation, name: 'Closed', kind: 'closed' })
      for (const channel of [`conversation-${conversation}`, `signals-${conversation}`, 'user-owner']) {
        expect(await subscribe(channel, { auth: sign(`${id}:${channel}`) })).not.toBe('fresh')
      }
      expect(client.closed).toBeUndefined()
    })
  })

  describe('who is let in', () => {
    it('stays when the token is renewed, whatever the policies say of it', async () => {
      const org = randomUUID()
      const channel = `private-org-${org}`
      const member = await begin('ada', 0, { org })
      const guest = await begin('bob')
      expect(await member.subscribe(channel)).toBe('fresh')
      expect(await guest.subscribe(channel, { auth: sign(`${guest.id}:${channel}`) })).toBe('fresh')
      await member.refresh({ org: 'another' })
      await guest.refresh({ org: 'another' })
      await member.client.until(
        () => member.client.pushes.some(({ type }) => type === 'unsubscribed'),
        'the end of what a claim had allowed',
      )
      expect(guest.client.pushes.filter(({ type }) => type === 'unsubscribed')).toEqual([])
      expect(await guest.subscribe(channel)).toBe('fresh')
    })

    it('reads the history and sends events to the others, until the subscription ends', async () => {
      const channel = name()
      const [one, other] = [await begin('ada', 0), await begin('bob', 1)]
      for (const { id, subscribe } of [one, other]) {
        expect(await subscribe(channel, { auth: sign(`${id}:${channel}`) })).toBe('fresh')
      }
      const publish = (event: string, echo?: boolean) =>
        one.client.call('publish', {
          channel,
          event,
          eventId: randomUUID(),
          data: 1,
          ...(echo === undefined ? {} : { echo }),
        })
      await expect(publish('typing')).rejects.toThrow('forbidden')
      await publish('client-typing')
      await other.client.until(() => other.client.events(channel).length === 1, 'the event')
      const { publications } = await one.client.call('history', { channel })
      expect(publications).toMatchObject([{ name: 'client-typing', sender: 'ada' }])
      await one.client.call('unsubscribe', { channels: [channel] })
      await expect(publish('client-typing')).rejects.toThrow('forbidden')
      await expect(one.client.call('history', { channel })).rejects.toThrow('forbidden')
      expect(await one.subscribe(channel)).toBe('forbidden')
    })

    it('lets nobody send events in an app whose clients may not', async () => {
      const client = await RawClient.open(nodes().urlOf(0))
      clients.push(client)
      const token = tokenFor('ada', {}, 'quiet-secret')
      const connect = { version: PROTOCOL_VERSION, key: 'quiet-key', token }
      const { connection: id } = await client.call('connect', connect)
      const channel = name()
      const auth = sign(`${id}:${channel}`, { key: 'quiet-key', secret: 'quiet-secret' })
      await client.call('subscribe', { channels: [{ channel, auth }] })
      const event = { channel, event: 'client-typing', eventId: randomUUID(), data: 1 }
      await expect(client.call('publish', event)).rejects.toThrow('forbidden')
    })

    it('is spared the own events that are to have no echo, and sees no hole in their place', async () => {
      const channel = name()
      const [one, second, other] = [await begin('ada', 0), await begin('ada', 0), await begin('bob', 1)]
      for (const { id, subscribe } of [one, second, other]) {
        expect(await subscribe(channel, { auth: sign(`${id}:${channel}`) })).toBe('fresh')
      }
      for (const [data, echo] of [
        [1, false],
        [2, true],
      ] as const) {
        await one.client.call('publish', { channel, event: 'client-e', eventId: randomUUID(), data, echo })
      }
      for (const { client } of [second, other]) {
        await client.until(() => client.events(channel).length === 2, 'both events')
        expect(client.events(channel).map(({ data }) => data)).toEqual([1, 2])
      }
      await one.client.until(() => one.client.events(channel).length > 0, 'the event with an echo')
      expect(one.client.pushes).toMatchObject([
        { type: 'skipped', channel, offset: 1 },
        { type: 'event', offset: 2, data: 2 },
      ])
    })
  })
})
