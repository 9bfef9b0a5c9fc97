// An endpoint that signs for pages but is slow, fails or lies: the published pusher-js is told what is wrong, hears nothing that
// it may not hear, and goes on.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'
import { pusherAuth } from '../../support/rawPusherClient.ts'

const SUCCEEDED = 'pusher_internal:subscription_succeeded'
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

/** What an endpoint says wrongly of a channel, for a connection that has the first of these ids; another has the second. */
type Lie = (socketId: string, channel: string, other: string) => object

/** Signs what pusher-js sends along as who the member is. */
function signMember(socketId: string, channel: string, member: object): object {
  const text = JSON.stringify(member)
  return { auth: pusherAuth(`${socketId}:${channel}:${text}`), channel_data: text }
}

const lies: readonly (readonly [string, Lie, number])[] = [
  ['for another channel', (id, channel) => backend.library.authorizeChannel(id, `${channel}-else`), 401],
  ['for another connection', (_id, channel, other) => backend.library.authorizeChannel(other, channel), 401],
  ['with another secret', (id, channel) => ({ auth: pusherAuth(`${id}:${channel}`, 'guessed') }), 401],
  [
    'with the key of another app',
    (id, channel) => ({ auth: pusherAuth(`${id}:${channel}`, 'dev-secret', 'else') }),
    401,
  ],
  ['for a user who signs in', (id) => backend.library.authenticateUser(id, { id: 'ada' }), 401],
  ['without a signature', () => ({}), 401],
  ['with nothing', () => ({ auth: '' }), 401],
]

const memberLies: readonly (readonly [string, Lie, number])[] = [
  ['without a user id', (id, channel) => signMember(id, channel, { user_info: { name: 'Nobody' } }), 400],
  ['with an empty user id', (id, channel) => signMember(id, channel, { user_id: '' }), 400],
  [
    'for another member',
    (id, channel) => ({
      ...signMember(id, channel, { user_id: 'ada' }),
      channel_data: JSON.stringify({ user_id: 'bob' }),
    }),
    401,
  ],
]

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const libraryOf = (node: number) => pusherLibrary(nodes().urlOf(node))

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (node = 0, id: string = randomUUID()) =>
      pages.open(nodes().urlOf(node), { version, backend, user: { id } })

    /** A page whose subscription is refused; it goes on, hears nothing of the channel, and enters once that is possible. */
    async function isRefused(prefix: string, told: RegExp, lie?: Lie): Promise<void> {
      const name = `${prefix}${randomUUID()}`
      const [page, other] = [await open(0), await open(1)]
      if (lie !== undefined) {
        backend.override = ({ socketId, channel = '' }) => ({
          status: 200,
          body: JSON.stringify(lie(socketId, channel, other.socketId)),
        })
      }
      await expect(page.subscribe(name)).rejects.toThrow(told)
      backend.override = undefined
      await libraryOf(1).trigger(name, 'hidden', 1)
      await page.subscribe(`after-${randomUUID()}`)
      expect(page.heard('hidden')).toEqual([])
      expect(page.states).toEqual(['connected'])
      // pusher-js asks a second time only on another connection.
      page.pusher.disconnect()
      page.pusher.connect()
      await page.untilHeard(SUCCEEDED, name)
      await libraryOf(1).trigger(name, 'shown', 1)
      await page.untilHeard('shown', name)
    }

    it.each(lies)('is told by the server of a signature %s', async (_what, lie, status) => {
      await isRefused('private-', new RegExp(`"status":${status}`), lie)
    })

    it.each(memberLies)('is told by the server of a member signed %s', async (_what, lie, status) => {
      await isRefused('presence-', new RegExp(`"status":${status}`), lie)
    })

    it.each([
      ['fails', { status: 500, body: 'Internal Server Error' }, /AuthError.*500/],
      ['refuses', { status: 403, body: '{"error":"Forbidden"}' }, /AuthError.*403/],
      ['is not there', { status: 404, body: '<h1>Not found</h1>' }, /AuthError.*404/],
      ['answers no JSON', { status: 200, body: '<html>please log in</html>' }, /AuthError.*invalid/],
      ['answers nothing', { status: 200, body: '' }, /AuthError.*invalid/],
    ])('tells when the endpoint %s', async (_what, answer, told) => {
      backend.override = () => answer
      await isRefused('private-', told)
    })

    it('does not show encrypted channels where the endpoint gives no key for them', async () => {
      const name = `private-encrypted-${randomUUID()}`
      const page = await open()
      backend.override = ({ socketId, channel = '' }) => ({
        status: 200,
        body: JSON.stringify({ auth: pusherAuth(`${socketId}:${channel}`) }),
      })
      await expect(page.subscribe(name)).rejects.toThrow('shared_secret')
      await libraryOf(1).trigger(name, 'hidden', 1)
      await page.subscribe(`after-${randomUUID()}`)
      expect(page.heard('hidden')).toEqual([])
    })

    describe('a slow endpoint', () => {
      /** Keeps the answers for one channel; gives them when it is called. */
      function hold(name: string): () => void {
        let release = () => {}
        const released = new Promise<void>((resolve) => {
          release = resolve
        })
        backend.override = (question) => {
          if (question.channel !== name) return undefined
          return released.then(() => ({ status: 200, body: JSON.stringify(backend.sign(question)) }))
        }
        return release
      }
      const asked = (name: string) => backend.questions.filter(({ channel }) => channel === name).length

      it('keeps no other channel waiting, and is waited for', async () => {
        const [slow, quick] = [`private-${randomUUID()}`, `private-${randomUUID()}`]
        const release = hold(slow)
        const page = await open()
        const waiting = page.subscribe(slow)
        await page.subscribe(quick)
        await libraryOf(1).trigger([slow, quick], 'tick', 1)
        await page.untilHeard('tick', quick)
        release()
        await waiting
        await libraryOf(1).trigger(slow, 'tick', 2)
        await page.untilHeard('tick', slow)
        expect(page.data('tick', slow)).toEqual([2])
      })

      it('subscribes nobody who has left meanwhile', async () => {
        const name = `private-${randomUUID()}`
        const release = hold(name)
        const page = await open()
        page.pusher.subscribe(name)
        await page.until(() => asked(name) === 1, 'the question')
        page.pusher.unsubscribe(name)
        release()
        // pusher-js subscribes all the same, and then takes it back.
        await page.untilHeard(SUCCEEDED, name)
        const state = async () => (await libraryOf(0).get({ path: `/channels/${name}` })).json()
        await expect.poll(state, { timeout: 10_000 }).toEqual({ occupied: false })
        await libraryOf(1).trigger(name, 'late', 1)
        await page.subscribe(`private-${randomUUID()}`)
        expect(page.heard('late')).toEqual([])
      })

      it('signs for a connection that has ended: the next one is signed for anew', async () => {
        const name = `private-${randomUUID()}`
        const release = hold(name)
        const page = await open()
        page.pusher.subscribe(name)
        await page.until(() => asked(name) === 1, 'the question')
        page.pusher.disconnect()
        page.pusher.connect()
        await page.until(() => asked(name) === 2, 'the other question')
        release()
        await page.untilHeard(SUCCEEDED, name)
        await libraryOf(1).trigger(name, 'tick', 1)
        await page.untilHeard('tick', name)
        expect(page.data('tick', name)).toEqual([1])
      })
    })

    it('is not signed in by an endpoint that lies, fails or answers no JSON', async () => {
      const answers = [
        { status: 500, body: 'no' },
        { status: 200, body: 'no' },
        { status: 403, body: '{}' },
      ]
      for (const answer of answers) {
        const page = await open()
        backend.override = ({ channel }) => (channel === undefined ? answer : undefined)
        page.pusher.signin()
        const before = backend.questions.length
        await page.until(() => backend.questions.length > before, 'the question')
        backend.override = undefined
        await page.subscribe(`private-${randomUUID()}`)
        expect(page.heard('pusher:signin_success')).toEqual([])
        expect(page.states).toEqual(['connected'])
      }
    })
  })
})
