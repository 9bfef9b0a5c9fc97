import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { type CollaborationOptions, CollaborationProvider } from './provider.ts'
import { type Peer, reliable, UnreliableNetwork } from './testing/unreliableNetwork.ts'

/** One who edits: a document, and how it is carried. */
interface Editor {
  readonly document: Y.Doc
  readonly text: Y.Text
  readonly peer: Peer
  readonly provider: CollaborationProvider
}

let network: UnreliableNetwork
let editors: Editor[]

beforeEach(() => {
  vi.useFakeTimers()
  begin()
})

afterEach(async () => {
  await leave()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function begin(): void {
  network = new UnreliableNetwork()
  editors = []
}

async function leave(): Promise<void> {
  const left = editors.splice(0).map(async ({ provider, document }) => {
    await provider.destroy()
    document.destroy()
  })
  await vi.advanceTimersByTimeAsync(10_000)
  await Promise.all(left)
}

function join(options: Partial<CollaborationOptions> = {}, peer = network.join()): Editor {
  const document = new Y.Doc()
  const provider = new CollaborationProvider(document, { transport: peer, ...options })
  const editor = { document, text: document.getText('body'), peer, provider }
  editors.push(editor)
  peer.connect()
  return editor
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const texts = () => editors.map(({ text }) => text.toString())
const states = () => editors.map(({ provider }) => provider.getSnapshot().state)

describe('documents', () => {
  it('become one, and follow what each changes', async () => {
    const first = join()
    first.text.insert(0, 'Hello')
    await pass(2_000)
    const second = join()
    await pass(2_000)
    expect([texts(), states()]).toEqual([
      ['Hello', 'Hello'],
      ['synced', 'synced'],
    ])
    second.text.insert(5, ', world')
    first.text.delete(0, 1)
    await pass(500)
    expect(texts()).toEqual(['ello, world', 'ello, world'])
  })

  it('bring together what was written apart, deletions included', async () => {
    const [first, second] = [join(), join()]
    first.text.insert(0, 'one two three')
    await pass(3_000)
    first.peer.disconnect()
    expect(states()).toEqual(['offline', 'synced'])
    first.text.delete(0, 4)
    second.text.insert(13, '!')
    await pass(60_000)
    first.peer.connect()
    await pass(3_000)
    expect([texts(), states()]).toEqual([
      ['two three!', 'two three!'],
      ['synced', 'synced'],
    ])
  })

  it('are the same in the end, whatever the network does, within its limits', {
    timeout: 120_000,
  }, async () => {
    const action = fc.record({
      who: fc.nat(3),
      what: fc.constantFrom('insert', 'insert', 'delete', 'set', 'cut', 'connect', 'large'),
      where: fc.nat(1_000),
      afterMs: fc.constantFrom(0, 0, 10, 100, 700, 5_000),
    })
    const unreliability = fc.record({
      loss: fc.constantFrom(0, 0.1, 0.5),
      doubling: fc.constantFrom(0, 0.3),
      maxDelayMs: fc.constantFrom(0, 50, 2_000),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 40 }),
        unreliability,
        fc.nat(),
        async (actions, how, seed) => {
          vi.spyOn(Math, 'random').mockImplementation(randomOf(seed))
          begin()
          for (let index = 0; index < 4; index += 1) join({}, network.join(500, 125))
          network.unreliability = how
          for (const { who, what, where, afterMs } of actions) {
            const editor = editors[who]
            if (editor === undefined) continue
            act(editor, what, where)
            await pass(afterMs)
          }
          network.unreliability = reliable
          for (const { peer } of editors) peer.connect()
          await pass(150_000)
          const expected = new Y.Doc()
          for (const { document } of editors) Y.applyUpdate(expected, Y.encodeStateAsUpdate(document))
          expect(new Set(texts())).toEqual(new Set([expected.getText('body').toString()]))
          for (const { document } of editors) {
            expect(document.getMap('map').toJSON()).toEqual(expected.getMap('map').toJSON())
          }
          expect(new Set(states())).toEqual(new Set(['synced']))
          for (const { peer } of editors) expectLimits(peer)
          await leave()
        },
      ),
      { numRuns: 60 },
    )
  })

  function act({ text, document, peer }: Editor, what: string, where: number): void {
    const at = text.length === 0 ? 0 : where % text.length
    if (what === 'insert') text.insert(at, `<${where}>`)
    else if (what === 'large') text.insert(at, 'long '.repeat(300))
    else if (what === 'delete') text.delete(at, Math.min(3, text.length - at))
    else if (what === 'set') document.getMap('map').set(`${where % 3}`, where)
    else if (what === 'cut') peer.disconnect()
    else peer.connect()
  }

  function expectLimits({ sent, maxLength, intervalMs }: Peer): void {
    for (const [index, { at, length }] of sent.entries()) {
      expect(length).toBeLessThanOrEqual(maxLength)
      const before = sent[index - 1]
      if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(intervalMs)
    }
  }
})

describe('messages', () => {
  it('are few: a burst is one, and one answers who joins', async () => {
    for (let index = 0; index < 6; index += 1) join()
    await pass(5_000)
    const [first] = editors
    network.carried = 0
    for (const letter of 'collaboration') first?.text.insert(0, letter)
    await pass(1_000)
    expect([network.carried, new Set(texts()).size]).toEqual([1, 1])
    network.carried = 0
    join()
    await pass(1_500)
    // Its question, its awareness, and hardly more than one answer.
    expect(new Set(texts()).size).toBe(1)
    expect(network.carried).toBeLessThan(6)
  })

  it('that make no sense end nothing', async () => {
    const [first, second] = [join(), join()]
    await pass(3_000)
    for (const text of ['', 'x', 'a:0:1:', 'a:0:1:AAAA', 'a:9:2:AA', 'a:0:1:////', ':::'])
      first.peer.deliver(text)
    second.text.insert(0, 'sense')
    await pass(500)
    expect(texts()).toEqual(['sense', 'sense'])
  })
})

describe('awareness', () => {
  it('tells who is there, also to who comes later, until they leave or are cut off', async () => {
    const first = join()
    first.provider.awareness.setLocalStateField('user', 'Ada')
    await pass(2_000)
    const second = join()
    await pass(2_000)
    const users = (editor: Editor) =>
      [...editor.provider.awareness.getStates().values()].flatMap(({ user }) => user ?? [])
    expect(users(second)).toEqual(['Ada'])
    second.peer.disconnect()
    expect(users(second)).toEqual([])
    second.peer.connect()
    await pass(2_000)
    expect(users(second)).toEqual(['Ada'])
    await first.provider.destroy()
    await pass(100)
    expect(users(second)).toEqual([])
  })
})

describe('the backend', () => {
  /** Keeps a document, merged with what it has. */
  class Backend {
    readonly document = new Y.Doc()
    saves = 0
    failures = 0
    readonly load = async () => {
      this.#fail()
      return Y.encodeStateAsUpdate(this.document)
    }
    readonly save = async (update: Uint8Array) => {
      this.#fail()
      this.saves += 1
      Y.applyUpdate(this.document, update)
    }
    #fail(): void {
      if (this.failures === 0) return
      this.failures -= 1
      throw new Error('The backend is away.')
    }
    get text(): string {
      return this.document.getText('body').toString()
    }
  }

  it('gives what it has, and is given what was changed, once however many edit', async () => {
    const backend = new Backend()
    backend.document.getText('body').insert(0, 'kept')
    const all = [join(backend), join(backend), join(backend)]
    await pass(3_000)
    expect([texts(), backend.saves]).toEqual([['kept', 'kept', 'kept'], 0])
    all[2]?.text.insert(4, ' well')
    await pass(5_000)
    expect([backend.text, backend.saves]).toEqual(['kept well', 1])
    const saving = editors.map(({ provider }) => provider.getSnapshot().saving).sort()
    expect(saving).toEqual(['delegated', 'delegated', 'saved'])
  })

  it('is given what is new by the next one, when who saves leaves without saving', async () => {
    const backend = new Backend()
    const all = [join(backend), join(backend)]
    await pass(3_000)
    const [elected, other] = all.sort((one, two) => one.document.clientID - two.document.clientID)
    other?.text.insert(0, 'late')
    await pass(500)
    elected?.peer.disconnect()
    elected?.text.insert(0, 'never seen')
    await pass(45_000)
    expect(backend.text).toContain('late')
  })

  it('is given the last changes by who leaves, and asked again when it fails', async () => {
    const backend = new Backend()
    backend.failures = 1
    const editor = join(backend)
    await pass(5_000)
    editor.text.insert(0, 'saved')
    backend.failures = 1
    await pass(2_100)
    expect(editor.provider.getSnapshot()).toMatchObject({
      saving: 'failed',
      error: { message: 'The backend is away.' },
    })
    await pass(5_000)
    expect([backend.text, editor.provider.getSnapshot().saving]).toEqual(['saved', 'saved'])
    editor.text.insert(5, ' again')
    await editor.provider.destroy()
    expect(backend.text).toBe('saved again')
  })

  it('is given what was written before it has said what it has, by who leaves at once', async () => {
    const backend = new Backend()
    backend.document.getText('body').insert(0, 'kept')
    let answer = () => {}
    const load = async () => {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return backend.load()
    }
    const editor = join({ load, save: backend.save })
    editor.text.insert(0, 'new ')
    const left = editor.provider.destroy()
    await pass(100)
    expect(backend.saves).toBe(0)
    answer()
    await left
    expect(backend.text.split(/(?=kept|new )/).sort()).toEqual(['kept', 'new '])
  })

  it('is not given anything before it has said what it has', async () => {
    const backend = new Backend()
    const load = () => new Promise<never>(() => {})
    const editor = join({ load, save: backend.save })
    editor.text.insert(0, 'early')
    await pass(30_000)
    expect(backend.saves).toBe(0)
    expect(editor.provider.getSnapshot()).toMatchObject({ state: 'synced', saving: 'unsaved' })
  })
})

/** Chance that is the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}
