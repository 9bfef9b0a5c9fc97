// Several apps on one server with the published libraries: the same channels and users, never mixed; keys that come and go while
// pages are connected.
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AppStore } from '../../../packages/server/src/store/appStore.ts'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'

const OTHER = { appId: 'other', key: 'other-key', secret: 'other-secret' }
const pages = new PusherPages()
let backend: PusherBackend
let otherBackend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
  otherBackend = await PusherBackend.start(OTHER)
})
afterAll(() => Promise.all([backend.stop(), otherBackend.stop()]))
afterEach(() => pages.close())

const config = {
  presence: { linger: 100, batchWindow: 10 },
  apps: [{ id: 'other', key: OTHER.key, secret: OTHER.secret, pusher: { maxMembers: 1 } }],
}

overEveryCluster(config, (nodes) => {
  const libraryOf = (node: number, options = {}) => pusherLibrary(nodes().urlOf(node), options)

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    it('hears and sees only its own app', async () => {
      const [name, room] = [`private-${randomUUID()}`, `presence-${randomUUID()}`]
      const user = { id: `ada-${randomUUID()}` }
      const page = await pages.open(nodes().urlOf(0), { version, backend, user })
      const key = OTHER.key
      const other = await pages.open(nodes().urlOf(1), { version, key, backend: otherBackend, user })
      for (const each of [page, other]) {
        await each.subscribe(name)
        expect((await each.enter(room)).members.count).toBe(1)
        await each.signIn()
      }
      await libraryOf(1).trigger(name, 'said', 'first')
      await libraryOf(0, OTHER).trigger(name, 'said', 'other')
      await libraryOf(1).sendToUser(user.id, 'notice', 'first')
      await libraryOf(0, OTHER).sendToUser(user.id, 'notice', 'other')
      for (const each of [page, other]) await each.untilHeard('notice')
      expect([page.data('said'), page.data('notice')]).toEqual([['first'], ['first']])
      expect([other.data('said'), other.data('notice')]).toEqual([['other'], ['other']])
      await libraryOf(0, OTHER).terminateUserConnections(user.id)
      await other.until(() => other.states.includes('disconnected'), 'the end')
      expect(page.states).toEqual(['connected'])
    })

    it('has the limits of its own app', async () => {
      const room = `presence-${randomUUID()}`
      const open = (id: string, on: { readonly key: string; readonly backend: PusherBackend }) =>
        pages.open(nodes().urlOf(0), { version, ...on, user: { id } })
      const own = { key: 'dev-key', backend }
      for (const id of ['ada', 'bob']) await (await open(id, own)).enter(room)
      const others = { key: OTHER.key, backend: otherBackend }
      await (await open('ada', others)).enter(room)
      await expect((await open('bob', others)).enter(room)).rejects.toThrow(/LimitReached/)
    })

    it('keeps its connection while the keys of its app are changed', async () => {
      const store: AppStore = (await nodes().database.open()).apps
      const appId = `app-${randomUUID()}`
      const newPair = () => ({ key: randomBytes(6).toString('hex'), secret: randomBytes(12).toString('hex') })
      const [first, next] = [newPair(), newPair()]
      const triggered = (pair: object) =>
        libraryOf(1, { appId, ...pair })
          .trigger('news', 'said', 1)
          .then(({ status }) => status)
          .catch(({ status }: { readonly status: number }) => status)
      const PATIENCE = { timeout: 20_000 }

      await store.create({ id: appId, name: 'Rotated' }, first)
      await expect.poll(() => triggered(first), PATIENCE).toBe(200)
      const page = await pages.open(nodes().urlOf(1), { version, key: first.key })
      await page.subscribe('news')
      await store.addKey(appId, next)
      await expect.poll(() => triggered(next), PATIENCE).toBe(200)
      expect(await triggered(first)).toBe(200)
      await store.retireKey(appId, first.key)
      await expect.poll(() => triggered(first), PATIENCE).toBe(401)
      const before = page.heard('said').length
      expect(await triggered(next)).toBe(200)
      await page.untilHeard('said', 'news', before + 1)
      expect(page.states).toEqual(['connected'])
      await expect
        .poll(async () => {
          const late = pages.begin(nodes().urlOf(1), { version, key: first.key })
          await late.until(() => late.states.length > 0, 'an answer')
          const [state] = late.states
          late.close()
          return state
        }, PATIENCE)
        .toBe('disconnected')
      await pages.open(nodes().urlOf(1), { version, key: next.key })
    })
  })
})
