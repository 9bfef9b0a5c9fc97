// @vitest-environment jsdom
// Lists and records of an application: a backend in memory that publishes what it changes, and pages that show it.
import { NowcastProvider, type RecordHandle, useCollection, useRecord } from '@nowcast/react'
import { act, screen, waitFor } from '@testing-library/react'
import fc from 'fast-check'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Page, settled } from './page.tsx'

const page = new Page()

type Comment = { readonly id: string; readonly body: string; readonly version: number }

/** The application's backend: the truth, and slow answers. */
class Backend {
  readonly comments = new Map<string, Comment>()
  loads = 0
  failures = 0
  /** Holds answers back while there is one. */
  gate: Promise<void> | undefined
  open = () => {}

  close(): void {
    // Whoever waits at a gate that is closed already waits for that one.
    this.gate ??= new Promise((resolve) => {
      this.open = () => {
        this.gate = undefined
        resolve()
      }
    })
  }

  readonly load = async (): Promise<readonly Comment[]> => {
    this.loads += 1
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('The database is away.')
    }
    const comments = [...this.comments.values()]
    await this.gate
    return comments
  }

  write(id: string, body: string): Comment {
    const comment = { id, body, version: (this.comments.get(id)?.version ?? 0) + 1 }
    this.comments.set(id, comment)
    page.server.publish('comments', 'comment:written', { comment })
    return comment
  }

  delete(id: string): void {
    this.comments.delete(id)
    page.server.publish('comments', 'comment:deleted', { id })
  }

  get text(): string {
    return textOf([...this.comments.values()])
  }
}

const textOf = (comments: readonly Comment[]) =>
  [...comments]
    .sort(byId)
    .map(({ id, body, version }) => `${id}=${body}.${version}`)
    .join(' ')
const byId = (one: Comment, other: Comment) => one.id.localeCompare(other.id)

let backend: Backend
let list: ReturnType<typeof useCollection<Comment>>
let renders = 0

beforeEach(() => {
  backend = new Backend()
  renders = 0
})
afterEach(() => backend.open())

function List({ channel = 'comments' }: { channel?: string | null }) {
  list = useCollection(channel, {
    load: backend.load,
    events: {
      'comment:written': ({ comment }: { comment: Comment }) => ({ put: comment }),
      'comment:deleted': ({ id }: { id: string }) => ({ remove: id }),
    },
    key: ({ id }) => id,
    sort: byId,
  })
  renders += 1
  return (
    <p>
      {list.status}: {textOf(list.items)}
    </p>
  )
}

describe('a list', () => {
  it('is loaded, and follows what is written and deleted, in strict mode too', async () => {
    backend.write('b', 'two')
    page.show(<List />, { strict: true })
    await screen.findByText('ready: b=two.1')
    backend.write('a', 'one')
    backend.write('b', 'changed')
    await screen.findByText('ready: a=one.1 b=changed.2')
    backend.delete('b')
    await screen.findByText('ready: a=one.1')
  })

  it('misses nothing that happens while it is loaded', async () => {
    backend.write('a', 'one')
    backend.write('b', 'two')
    backend.close()
    const { client } = page.show(<List />)
    await waitFor(() => expect(backend.loads).toBe(1))
    backend.write('a', 'newer')
    backend.delete('b')
    backend.write('c', 'three')
    await act(() => settled(client))
    expect(list.items).toEqual([])
    backend.open()
    await screen.findByText('ready: a=newer.2 c=three.1')
    expect(backend.loads).toBe(1)
  })

  it('is loaded anew after a gap, and only then', async () => {
    backend.write('a', 'one')
    page.show(<List />)
    await screen.findByText('ready: a=one.1')
    page.server.cut()
    backend.write('a', 'recovered')
    await screen.findByText('ready: a=recovered.2')
    expect(backend.loads).toBe(1)
    page.server.cut()
    backend.delete('a')
    backend.write('b', 'after')
    page.server.log('comments').restart('epoch-2')
    await screen.findByText('ready: b=after.1')
    expect(backend.loads).toBe(2)
  })

  it('is asked for again when that has failed', async () => {
    backend.failures = 1
    backend.write('a', 'one')
    page.show(<List />)
    await waitFor(() => expect(list.error?.message).toBe('The database is away.'))
    expect(list.status).toBe('loading')
    await screen.findByText('ready: a=one.1')
    expect(list.error).toBeUndefined()
  })

  it('shows no older state of an item than it has shown', async () => {
    backend.write('a', 'one')
    const newest = backend.write('a', 'two')
    const { client } = page.show(<List />)
    await screen.findByText('ready: a=two.2')
    page.server.publish('comments', 'comment:written', { comment: { ...newest, body: 'old', version: 1 } })
    await act(() => settled(client))
    expect(textOf(list.items)).toBe('a=two.2')
  })

  it('renders when what it shows changes, and at no other time', async () => {
    const comment = backend.write('a', 'one')
    const { client } = page.show(<List />)
    await screen.findByText('ready: a=one.1')
    await act(() => settled(client))
    renders = 0
    page.server.publish('comments', 'comment:written', { comment })
    page.server.publish('comments', 'comment:deleted', { id: 'unknown' })
    page.server.publish('comments', 'constructor', {})
    await act(() => settled(client))
    expect(renders).toBe(0)
    backend.write('a', 'two')
    await screen.findByText('ready: a=two.2')
    expect(renders).toBe(1)
  })

  it('is none without a channel, and nothing is left behind', async () => {
    backend.write('a', 'one')
    const { change, unmount } = page.show(<List channel={null} />)
    await screen.findByText('idle:')
    change(<List />)
    await screen.findByText('ready: a=one.1')
    unmount()
    await waitFor(() => expect(page.server.subscribers('comments')).toBe(0))
  })

  it('is what was first given on a server', () => {
    function Initial() {
      const { items, status } = useCollection('comments', {
        load: backend.load,
        events: {},
        key: ({ id }) => id,
        initial: [{ id: 'a', body: 'one', version: 1 }],
      })
      return `${status} ${textOf(items)}`
    }
    const html = renderToString(
      <NowcastProvider client={page.client()}>
        <Initial />
      </NowcastProvider>,
    )
    expect(html).toBe('idle a=one.1')
    expect(backend.loads).toBe(0)
  })

  it('is what the backend has in the end, whatever happens in which order', {
    timeout: 120_000,
  }, async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), id: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom('a', 'b', 'c') }),
      fc.constant({ kind: 'cut' as const }),
      fc.constant({ kind: 'lose' as const }),
      fc.constant({ kind: 'close' as const }),
      fc.constant({ kind: 'open' as const }),
      fc.constant({ kind: 'turn' as const }),
    )
    let epoch = 2
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        backend = new Backend()
        const { unmount, client } = page.show(<List />)
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'write') backend.write(one.id, `${index}`)
          else if (one.kind === 'delete') backend.delete(one.id)
          else if (one.kind === 'cut') page.server.cut()
          else if (one.kind === 'lose') {
            page.server.cut()
            page.server.log('comments').restart(`epoch-${epoch++}`)
          } else if (one.kind === 'close') backend.close()
          else if (one.kind === 'open') backend.open()
          else await act(() => settled(client))
        }
        backend.open()
        const wanted = ['ready', backend.text]
        await waitFor(() => expect([list.status, textOf(list.items)]).toEqual(wanted), { timeout: 15_000 })
        unmount()
        client.close()
        page.server.log('comments').restart(`epoch-${epoch++}`)
      }),
      { numRuns: 15, examples: [[[{ kind: 'close' }, { kind: 'turn' }, { kind: 'close' }]]] },
    )
  })
})

describe('a change', () => {
  const refused = new Error('refused')
  const open = async () => {
    backend.write('a', 'one')
    const shown = page.show(<List />)
    await screen.findByText('ready: a=one.1')
    return shown
  }

  it('is shown at once, and stays when the request succeeds', async () => {
    await open()
    let answer = () => {}
    const request = () => new Promise<void>((resolve) => (answer = resolve))
    let done: Promise<void> | undefined
    act(() => {
      done = list.change({ key: 'a', patch: { body: 'mine' } }, request)
    })
    expect([textOf(list.items), list.pending]).toEqual(['a=mine.1', ['a']])
    await act(async () => {
      answer()
      await done
    })
    expect([textOf(list.items), list.pending]).toEqual(['a=mine.1', []])
  })

  it('becomes what the request is answered with', async () => {
    await open()
    await act(() =>
      list.change({ put: { id: 'b', body: 'new', version: 0 } }, async () => ({
        put: backend.write('b', 'NEW'),
      })),
    )
    expect(textOf(list.items)).toBe('a=one.1 b=NEW.1')
  })

  it('is taken back when the request is refused, and what came meanwhile stays', async () => {
    const { client } = await open()
    let refuse = (_: Error) => {}
    const request = () => new Promise<void>((_, reject) => (refuse = reject))
    let done: Promise<void> | undefined
    act(() => {
      done = list.change({ remove: 'a' }, request)
    })
    expect(textOf(list.items)).toBe('')
    backend.write('a', 'theirs')
    backend.write('b', 'other')
    await act(() => settled(client))
    expect(textOf(list.items)).toBe('b=other.1')
    await act(async () => {
      refuse(refused)
      await expect(done).rejects.toBe(refused)
    })
    expect(textOf(list.items)).toBe('a=theirs.2 b=other.1')
  })

  it('does not undo what others have done since', async () => {
    const { client } = await open()
    let answer = () => {}
    const request = () => new Promise<void>((resolve) => (answer = resolve))
    let done: Promise<void> | undefined
    act(() => {
      done = list.change({ key: 'a', patch: { body: 'mine' } }, request)
    })
    backend.write('a', 'mine')
    backend.write('a', 'theirs')
    await act(() => settled(client))
    await act(async () => {
      answer()
      await done
    })
    expect(textOf(list.items)).toBe('a=theirs.3')
  })

  it('that is answered late does not bring back what was deleted', async () => {
    const { client } = await open()
    let answer = (_: { put: Comment }) => {}
    const request = () => new Promise<{ put: Comment }>((resolve) => (answer = resolve))
    let done: Promise<void> | undefined
    act(() => {
      done = list.change({ key: 'a', patch: { body: 'mine' } }, request)
    })
    const written = backend.write('a', 'mine')
    backend.delete('a')
    await act(() => settled(client))
    await act(async () => {
      answer({ put: written })
      await done
    })
    expect(textOf(list.items)).toBe('')
  })
})

describe('a record', () => {
  type Thread = { readonly title: string; readonly status: string; readonly version: number }
  let thread: RecordHandle<Thread>
  const first: Thread = { title: 'Roof', status: 'open', version: 3 }

  function Title({ initial = first, load }: { initial?: Thread; load?: () => Promise<Thread | undefined> }) {
    thread = useRecord<Thread>('thread', {
      initial,
      ...(load && { load }),
      events: {
        'thread:updated': ({ thread }: { thread: Partial<Thread> }) => thread,
        'thread:deleted': () => null,
      },
    })
    const { record, status, deleted } = thread
    return <p>{deleted ? 'gone' : `${status}: ${record?.title} is ${record?.status}`}</p>
  }
  const publish = (fields: Partial<Thread>) =>
    page.server.publish('thread', 'thread:updated', { thread: fields })

  it('follows events that carry it or a part of it, and never goes back', async () => {
    const { client, change } = page.show(<Title />, { strict: true })
    await screen.findByText('ready: Roof is open')
    publish({ title: 'Old', version: 2 })
    publish({ status: 'resolved', version: 4 })
    await screen.findByText('ready: Roof is resolved')
    publish({ title: 'Late', status: 'open', version: 3 })
    await act(() => settled(client))
    expect(thread.record).toEqual({ title: 'Roof', status: 'resolved', version: 4 })
    change(<Title initial={{ title: 'Stale', status: 'open', version: 1 }} />)
    await act(() => settled(client))
    expect(thread.record?.version).toBe(4)
    change(<Title initial={{ title: 'Fetched', status: 'open', version: 9 }} />)
    await screen.findByText('ready: Fetched is open')
    page.server.publish('thread', 'thread:deleted', {})
    await screen.findByText('gone')
  })

  it('is shown changed at once, and as it was when that is refused', async () => {
    page.show(<Title />)
    await screen.findByText('ready: Roof is open')
    await act(() => thread.change({ title: 'Attic' }, async () => ({ title: 'Attic', version: 4 })))
    expect(thread.record).toEqual({ title: 'Attic', status: 'open', version: 4 })
    let shown: string | undefined
    await act(async () => {
      const done = thread.change({ title: 'Cellar' }, async () => {
        throw new Error('conflict')
      })
      shown = thread.record?.title
      await expect(done).rejects.toThrow('conflict')
    })
    expect([shown, thread.record?.title]).toEqual(['Attic', 'Attic'])
  })

  it('is loaded after a gap', async () => {
    let loads = 0
    const load = async () => ({ ...first, version: 3 + loads++, title: `Load ${loads}` })
    page.show(<Title load={load} />)
    await screen.findByText('ready: Load 1 is open')
    page.server.log('thread').restart('epoch-2')
    page.server.cut()
    await screen.findByText('ready: Load 2 is open')
  })
})
