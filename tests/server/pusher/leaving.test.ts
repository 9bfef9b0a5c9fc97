// What connections leave behind when they have gone: nothing.
import { expect, it } from 'vitest'
import { type ClusterNodes, overEveryCluster } from '../../support/everyCluster.ts'
import { pusherRequest } from '../../support/pusherRequest.ts'
import { pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'

const CONNECTIONS = 1_000
const AT_ONCE = 100
/** Channels stay open for a while for those who come back. */
const PATIENCE = { timeout: 30_000, interval: 250 }

/** What is there as long as somebody is. */
const NOTHING = {
  connections: 0,
  webSockets: 0,
  users: 0,
  channels: 0,
  subscriptions: 0,
  presentUsers: 0,
  rooms: 0,
  activeRooms: 0,
}

async function countsOf(url: string): Promise<Record<string, number>> {
  const { counts } = await (await fetch(`${url}/health`)).json()
  return Object.fromEntries(Object.keys(NOTHING).map((name) => [name, counts[name]]))
}

/** One who does everything that a client can do, and goes without a word. */
async function visit(url: string, number: number): Promise<void> {
  const client = await RawPusherClient.connect(url)
  const userData = JSON.stringify({ id: `user-${number}`, watchlist: [`user-${number + 1}`] })
  const auth = pusherAuth(`${client.socketId}::user::${userData}`)
  client.say('pusher:signin', { auth, user_data: userData })
  await client.untilHeard('pusher:signin_success')
  const channels = ['room', 'cache-room', 'private-room', 'private-encrypted-room', 'private-cache-room']
  const subscribed = channels.map((channel) => client.subscribe(`${channel}-${number}`))
  const entered = client.subscribe(`presence-${number % 20}`, { user_id: `user-${number}` })
  await Promise.all([...subscribed, entered, client.subscribe(`#server-to-user-user-${number}`)])
  client.say('client-hello', { number }, `private-room-${number}`)
  await client.settled()
  expect(client.heard('pusher:subscription_error')).toEqual([])
  client.terminate()
}

const everywhere = <T>({ urls }: ClusterNodes, ask: (url: string) => Promise<T>): Promise<T[]> =>
  Promise.all(urls.map(ask))

overEveryCluster(
  { presence: { linger: 100 }, pusher: { subscriptionCounts: true, linger: 100 } },
  (nodes) => {
    it('a thousand who do everything leave nothing behind', { timeout: 120_000 }, async () => {
      for (let first = 0; first < CONNECTIONS; first += AT_ONCE) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, (_, index) => visit(nodes().urlOf(index), first + index)),
        )
      }
      const left = () => everywhere(nodes(), countsOf)
      await expect.poll(left, PATIENCE).toEqual(nodes().urls.map(() => NOTHING))
      const lists = await everywhere(nodes(), (url) => pusherRequest(url, { path: '/channels' }))
      expect(lists.map(({ text }) => JSON.parse(text))).toEqual(lists.map(() => ({ channels: {} })))
    })
  },
)
