// The backend of Threads over HTTP: what pages may do, how often, and how much of it.
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { Activity, Comment, Item, Thread, ThreadDetail } from '../../examples/threads/shared/api.ts'
import { temporaryFolder } from '../support/serverProcess.ts'
import {
  APP,
  type Page,
  startThreads,
  type ThreadsBackend,
  TriggerRecorder,
} from '../support/threadsBackend.ts'

let recorder: TriggerRecorder
let backend: ThreadsBackend
let maya: Page
let jonas: Page

beforeAll(async () => {
  recorder = await TriggerRecorder.start()
  const pages = await temporaryFolder()
  await mkdir(join(pages, 'assets'))
  await writeFile(join(pages, 'index.html'), '<title>Threads</title>')
  await writeFile(join(pages, 'assets', 'page-1a2b.js'), 'export {}')
  backend = await startThreads(recorder.url, { pages })
  maya = await backend.page('maya')
  jonas = await backend.page('jonas')
})

afterAll(async () => {
  await backend?.stop()
  await recorder?.stop()
})

/** A new thread of Maya's. */
const newThread = (fields: Partial<Thread> = {}): Promise<Thread> =>
  maya.call('POST', '/api/threads', { id: randomUUID(), title: 'A thread', description: '', ...fields })
const detail = ({ id }: Thread, page = maya): Promise<ThreadDetail> => page.call('GET', `/api/threads/${id}`)
const newestActivity = async (): Promise<Activity> => (await maya.call('GET', '/api/activity'))[0]

describe('signing in', () => {
  it('offers the accounts of both organizations, without their passwords', async () => {
    const page = await backend.page()
    const accounts = await page.call('GET', '/api/accounts')
    expect(accounts).toHaveLength(6)
    expect(Object.keys(accounts[0]).sort()).toEqual(['avatar', 'email', 'id', 'name', 'organization'])
    expect(new Set(accounts.map(({ organization }: Account) => organization.name))).toEqual(
      new Set(['Northwind Studio', 'Halcyon Labs']),
    )
  })

  it('gives a cookie that scripts and other sites do not get, and says who one is', async () => {
    const page = await backend.page()
    const response = await page.send('POST', '/api/login', {
      email: 'Maya@Northwind.example',
      password: 'threads',
    })
    expect(response.headers.get('set-cookie')).toMatch(/Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax/)
    expect(await page.me()).toMatchObject({
      user: { id: 'maya', name: 'Maya Okafor' },
      organization: { id: 'northwind', name: 'Northwind Studio' },
      people: [{ id: 'jonas' }, { id: 'maya' }, { id: 'priya' }, { id: 'tomas' }],
      realtime: { host: '127.0.0.1', port: Number(new URL(recorder.url).port), key: APP.key },
    })
  })

  it('takes neither wrong passwords nor strange cookies nor those that were signed out', async () => {
    const page = await backend.page()
    for (const email of ['maya@northwind.example', 'nobody@northwind.example']) {
      expect(await page.refusal('POST', '/api/login', { email, password: 'wrong' })).toBe('401 unauthorized')
    }
    expect(await page.refusal('GET', '/api/me')).toBe('401 unauthorized')
    const priya = await backend.page('priya')
    const { cookie } = priya
    page.cookie = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    expect(await page.refusal('GET', '/api/me')).toBe('401 unauthorized')
    await priya.call('POST', '/api/logout', {})
    page.cookie = cookie
    expect(await page.refusal('GET', '/api/me')).toBe('401 unauthorized')
  })

  it('ends with the session', async () => {
    const page = await backend.page('tomas')
    const client = await backend.database.connect()
    await client.query(`update threads.sessions set expires_at = now() where user_id = 'tomas'`)
    expect(await page.refusal('GET', '/api/threads')).toBe('401 unauthorized')
  })

  it('keeps no password and no token that could be used', async () => {
    const client = await backend.database.connect()
    const { rows } = await client.query('select password from threads.users')
    expect(rows.every(({ password }) => /^[0-9a-f]{32}:[0-9a-f]{64}$/.test(password))).toBe(true)
    const token = decodeURIComponent(maya.cookie).split('=')[1]?.split('.')[0] ?? ''
    expect((await client.query('select 1 from threads.sessions where id = $1', [token])).rows).toEqual([])
  })

  it('is refused for a while after many wrong passwords, for that account alone', async () => {
    const page = await backend.page()
    const tryIt = (password: string) =>
      page.refusal('POST', '/api/login', { email: 'wei@halcyon.example', password })
    for (let attempt = 0; attempt < 10; attempt += 1) expect(await tryIt('wrong')).toBe('401 unauthorized')
    expect(await tryIt('threads')).toBe('429 too_many_attempts')
    expect((await (await backend.page('ines')).me()).user.id).toBe('ines')
  })
})

type Account = { readonly organization: { readonly name: string } }

describe('threads', () => {
  it('are there from the start, those with the latest news first', async () => {
    const threads: Thread[] = await (await backend.page('ines')).call('GET', '/api/threads')
    expect(threads.map(({ title }) => title)).toEqual([
      'Name for the field kit',
      'Sensor drift after firmware 2.4',
    ])
    const { thread, comments, items } = await detail(threads[1] as Thread, await backend.page('ines'))
    expect([thread.comments, thread.items]).toEqual([comments.length, items.length])
    expect(comments.map(({ createdAt }) => createdAt)).toEqual(
      comments.map(({ createdAt }) => createdAt).sort((one, other) => one - other),
    )
  })

  it('are made once, however often the page sends them', async () => {
    const draft = { id: randomUUID(), title: '  Once ', description: 'Two\nlines' }
    const [first, second] = await Promise.all([
      maya.send('POST', '/api/threads', draft),
      maya.send('POST', '/api/threads', draft),
    ])
    expect([first.status, second.status].sort()).toEqual([200, 201])
    const thread: Thread = await first.json()
    expect(await second.json()).toEqual(thread)
    expect(thread).toMatchObject({ title: 'Once', status: 'open', author: 'maya', version: 1, comments: 0 })
    const made = ((await maya.call('GET', '/api/activity')) as Activity[]).filter(
      (line) => line.thread === draft.id,
    )
    expect(made).toHaveLength(1)
    expect(await jonas.refusal('POST', '/api/threads', draft)).toBe('409 conflict')
  })

  it('are changed by version: what was made for an older one is refused with the current one', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}`
    const changed = await jonas.call('PATCH', path, { version: 1, title: 'Better', status: 'in-progress' })
    expect(changed).toMatchObject({ version: 2, title: 'Better', status: 'in-progress', description: '' })
    const late = await maya.send('PATCH', path, { version: 1, title: 'Mine' })
    expect(late.status).toBe(409)
    expect(await late.json()).toMatchObject({ error: { code: 'conflict' }, thread: changed })
    expect(await maya.call('PATCH', path, { version: 2, title: 'Better' })).toEqual(changed)
    const lines: Activity[] = await maya.call('GET', '/api/activity')
    expect(lines.slice(0, 2)).toMatchObject([
      { kind: 'status:changed', detail: 'in-progress', actor: 'jonas', threadTitle: 'Better' },
      { kind: 'thread:updated', detail: 'title' },
    ])
  })

  it('are changed by one of many who do it at once', async () => {
    const { id } = await newThread()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        maya.send('PATCH', `/api/threads/${id}`, { version: 1, title: `Title ${number}` }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)])
  })

  it('are gone for everybody once deleted', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}`
    const comment = await maya.call('POST', `${path}/comments`, { id: randomUUID(), body: 'Hi' })
    const item = await maya.call('POST', `${path}/items`, newItem())
    await maya.call('DELETE', path)
    expect(await newestActivity()).toMatchObject({ kind: 'thread:deleted', thread: thread.id })
    const refusals = await Promise.all([
      maya.refusal('GET', path),
      maya.refusal('DELETE', path),
      maya.refusal('PATCH', path, { version: 1, title: 'Again' }),
      maya.refusal('GET', `${path}/comments`),
      maya.refusal('POST', `${path}/comments`, { id: randomUUID(), body: 'Late' }),
      maya.refusal('POST', `${path}/items`, newItem()),
      maya.refusal('PATCH', `/api/comments/${comment.id}`, { body: 'Late' }),
      maya.refusal('DELETE', `/api/comments/${comment.id}`),
      maya.refusal('DELETE', `/api/items/${item.id}`),
      maya.refusal('GET', `${path}/document`),
      maya.refusal('PUT', `${path}/document`, Y.encodeStateAsUpdate(new Y.Doc())),
    ])
    expect(new Set(refusals)).toEqual(new Set(['404 not_found']))
    const threads: Thread[] = await maya.call('GET', '/api/threads')
    expect(threads.some(({ id }) => id === thread.id)).toBe(false)
    expect((await maya.authorize(`presence-thread-${thread.id}`)).status).toBe(403)
    // Its id is not free again.
    const draft = { id: thread.id, title: 'Again', description: '' }
    expect(await maya.refusal('POST', '/api/threads', draft)).toBe('409 conflict')
  })
})

const newItem = () => ({ id: randomUUID(), kind: 'link', title: 'A page', url: 'https://example.com/a' })

describe('comments', () => {
  it('are written once, counted, and changed by their author alone', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}/comments`
    const draft = { id: randomUUID(), body: 'First' }
    const [first, second] = await Promise.all([
      jonas.send('POST', path, draft),
      jonas.send('POST', path, draft),
    ])
    expect([first.status, second.status].sort()).toEqual([200, 201])
    expect(await newestActivity()).toMatchObject({ kind: 'comment:created', detail: 'First', actor: 'jonas' })
    expect((await detail(thread)).thread.comments).toBe(1)
    const own = `/api/comments/${draft.id}`
    expect(await maya.refusal('PATCH', own, { body: 'Mine' })).toBe('403 forbidden')
    expect(await maya.refusal('DELETE', own)).toBe('403 forbidden')
    expect(await maya.refusal('POST', path, draft)).toBe('409 conflict')
    const edited: Comment = await jonas.call('PATCH', own, { body: 'Edited' })
    expect(edited).toMatchObject({ body: 'Edited', editedAt: expect.any(Number) })
    expect((await detail(thread)).comments).toEqual([edited])
    await jonas.call('DELETE', own)
    expect(await detail(thread)).toMatchObject({ thread: { comments: 0 }, comments: [] })
    expect(await jonas.refusal('POST', path, draft)).toBe('404 not_found')
  })

  it('are listed a thousand at a time', async () => {
    const thread = await newThread()
    const client = await backend.database.connect()
    await client.query(
      `insert into threads.comments (id, thread, author, body, created_at)
       select gen_random_uuid(), $1, 'maya', n::text, now() - make_interval(secs => 1100 - n / 10)
       from generate_series(1, 1100) n`,
      [thread.id],
    )
    const { comments } = await detail(thread)
    expect(comments).toHaveLength(1_000)
    const earlier: Comment[] = await maya.call(
      'GET',
      `/api/threads/${thread.id}/comments?before=${comments[0]?.id}`,
    )
    const bodies = new Set([...earlier, ...comments].map(({ body }) => body))
    expect([earlier.length, bodies.size]).toEqual([100, 1_100])
  })

  it('show the beginning of a long one in the feed', async () => {
    const thread = await newThread()
    const body = '🌊'.repeat(500)
    await maya.call('POST', `/api/threads/${thread.id}/comments`, { id: randomUUID(), body })
    expect((await newestActivity()).detail).toBe(`${'🌊'.repeat(139)}…`)
  })
})

describe('items', () => {
  it('are added once and removed by anybody of the organization', async () => {
    const thread = await newThread()
    const path = `/api/threads/${thread.id}/items`
    const draft = newItem()
    const item: Item = await jonas.call('POST', path, draft)
    expect(item).toMatchObject({ ...draft, thread: thread.id, addedBy: 'jonas' })
    expect(await jonas.call('POST', path, draft)).toEqual(item)
    expect(await detail(thread)).toMatchObject({ thread: { items: 1 }, items: [item] })
    expect(await newestActivity()).toMatchObject({ kind: 'item:added', detail: 'A page' })
    await maya.call('DELETE', `/api/items/${item.id}`)
    expect(await detail(thread)).toMatchObject({ thread: { items: 0 }, items: [] })
    expect(await maya.refusal('DELETE', `/api/items/${item.id}`)).toBe('404 not_found')
  })

  it('are at most 200 of a thread', async () => {
    const thread = await newThread()
    const client = await backend.database.connect()
    await client.query('update threads.threads set items = 200 where id = $1', [thread.id])
    expect(await maya.refusal('POST', `/api/threads/${thread.id}/items`, newItem())).toBe('409 conflict')
  })
})

describe('the feed', () => {
  it('has the newest fifty, and what came since a place', async () => {
    const thread = await newThread()
    const before = await newestActivity()
    for (let number = 1; number <= 52; number += 1) {
      const status = number % 2 === 0 ? 'open' : 'resolved'
      await maya.call('PATCH', `/api/threads/${thread.id}`, { version: number, status })
    }
    const newest: Activity[] = await maya.call('GET', '/api/activity')
    const expected = Array.from({ length: 50 }, (_, index) => before.sequence + 52 - index)
    expect(newest.map(({ sequence }) => sequence)).toEqual(expected)
    const since: Activity[] = await maya.call('GET', `/api/activity?after=${before.sequence + 50}`)
    expect(since.map(({ sequence }) => sequence)).toEqual([before.sequence + 52, before.sequence + 51])
    expect(await maya.refusal('GET', '/api/activity?after=x')).toBe('400 invalid_request')
  })

  it('has no holes, whoever writes at once', async () => {
    const thread = await newThread()
    const before = await newestActivity()
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        (number % 2 === 0 ? maya : jonas).call('POST', `/api/threads/${thread.id}/comments`, {
          id: randomUUID(),
          body: `${number}`,
        }),
      ),
    )
    const lines: Activity[] = await maya.call('GET', `/api/activity?after=${before.sequence}`)
    expect(lines.map(({ sequence }) => sequence - before.sequence)).toEqual(
      Array.from({ length: 20 }, (_, index) => 20 - index),
    )
    expect((await detail(thread)).thread.comments).toBe(20)
  })
})

describe('documents', () => {
  it('keep what everybody wrote, however it arrives', async () => {
    const path = `/api/threads/${(await newThread()).id}/document`
    const read = async () => {
      const document = new Y.Doc()
      Y.applyUpdate(document, new Uint8Array(await (await maya.send('GET', path)).arrayBuffer()))
      return document.getText('text').toString()
    }
    expect(await read()).toBe('')
    const updates = ['one ', 'two ', 'three '].map((words) => {
      const document = new Y.Doc()
      document.getText('text').insert(0, words)
      return Y.encodeStateAsUpdate(document)
    })
    const all = [...updates, ...updates]
    const answers = await Promise.all(all.map((update) => maya.send('PUT', path, update)))
    expect(answers.map(({ status }) => status)).toEqual(all.map(() => 204))
    expect((await read()).split(' ').filter(Boolean).sort()).toEqual(['one', 'three', 'two'])
  })

  it('take only updates, of at most a mebibyte', async () => {
    const path = `/api/threads/${(await newThread()).id}/document`
    expect(await maya.refusal('PUT', path, Buffer.from('no update'))).toBe('400 invalid_request')
    expect(await maya.refusal('PUT', path, Buffer.alloc(1_048_577))).toBe('413 too_large')
    expect(await maya.refusal('PUT', path, { text: 'json' })).toBe('415 unsupported_type')
    const large = (words: string) => {
      const document = new Y.Doc()
      document.getText('text').insert(0, words.repeat(600_000))
      return Y.encodeStateAsUpdate(document)
    }
    expect((await maya.send('PUT', path, large('a'))).status).toBe(204)
    expect(await maya.refusal('PUT', path, large('b'))).toBe('413 too_large')
  })

  it('do not grow by what was deleted', async () => {
    const path = `/api/threads/${(await newThread()).id}/document`
    const document = new Y.Doc({ gc: false })
    for (let round = 0; round < 4; round += 1) {
      document.getText('text').insert(0, 'x'.repeat(200_000))
      document.getText('text').delete(0, 200_000)
      expect((await maya.send('PUT', path, Y.encodeStateAsUpdate(document))).status).toBe(204)
    }
    expect((await (await maya.send('GET', path)).arrayBuffer()).byteLength).toBeLessThan(1_000)
  })
})

describe('bad input', () => {
  const long = (length: number) => 'x'.repeat(length)
  it.each([
    ['a title that is too long', { title: long(201) }],
    ['an empty title', { title: '  ' }],
    ['a description that is too long', { description: long(10_001) }],
    ['an id that is none', { id: 'mine' }],
    ['a control character', { title: 'nul \0' }],
    ['half a character', { description: '\ud83d' }],
    ['a missing field', { description: undefined }],
  ])('is refused: %s', async (_what, wrong) => {
    const draft = { id: randomUUID(), title: 'Right', description: '', ...wrong }
    expect(await maya.refusal('POST', '/api/threads', draft)).toBe('400 invalid_request')
  })

  it('is refused in comments and items', async () => {
    const path = `/api/threads/${(await newThread()).id}`
    for (const body of ['', long(4_001)]) {
      expect(await maya.refusal('POST', `${path}/comments`, { id: randomUUID(), body })).toBe(
        '400 invalid_request',
      )
    }
    for (const wrong of [{ url: 'javascript:alert(1)' }, { kind: 'virus' }, { title: '' }]) {
      expect(await maya.refusal('POST', `${path}/items`, { ...newItem(), ...wrong })).toBe(
        '400 invalid_request',
      )
    }
    expect(await maya.refusal('PATCH', path, { version: 1, status: 'odd' })).toBe('400 invalid_request')
    expect(await maya.refusal('PATCH', path, { title: 'No version' })).toBe('400 invalid_request')
  })

  it('is refused as a whole: no JSON, too much of it, another type', async () => {
    const send = (body: string, type: string) =>
      fetch(`${backend.url}/api/threads`, {
        method: 'POST',
        headers: { cookie: maya.cookie, 'content-type': type },
        body,
      })
    expect((await send('{', 'application/json')).status).toBe(400)
    expect((await send(`"${long(200_000)}"`, 'application/json')).status).toBe(413)
    expect((await send('{}', 'text/plain')).status).toBe(415)
    expect((await send('id=1', 'application/x-www-form-urlencoded')).status).toBe(415)
  })

  it('does not come from another site', async () => {
    const draft = () => ({ id: randomUUID(), title: 'From where?', description: '' })
    const from = (headers: Record<string, string>) => maya.send('POST', '/api/threads', draft(), headers)
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await from({ origin: 'null' })).status).toBe(403)
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await from({ origin: backend.url })).status).toBe(201)
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  })
})

describe('pages', () => {
  it('are served at every address but those of the interface', async () => {
    const page = await backend.page()
    for (const path of ['/', '/threads/some-thread', '/sign-in?next=1']) {
      const response = await page.send('GET', path)
      expect(await response.text()).toBe('<title>Threads</title>')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
    const script = await page.send('GET', '/assets/page-1a2b.js')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(await page.refusal('GET', '/api/nothing')).toBe('404 not_found')
    expect(await page.refusal('POST', '/threads', {})).toBe('404 not_found')
  })
})
