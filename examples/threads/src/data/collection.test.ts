import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { Collection } from './collection.ts'

interface Thing {
  readonly id: string
  readonly version: number
}

let things: Collection<Thing>
beforeEach(() => {
  things = new Collection<Thing>((known, incoming) => (incoming.version > known.version ? incoming : known))
})

const shown = (collection = things) => collection.all.map(({ id, version }) => `${id}${version}`).sort()

it('never goes back to an older version, wherever that comes from', () => {
  things.put({ id: 'a', version: 2 })
  things.put({ id: 'a', version: 1 })
  things.loading()
  things.loaded([{ id: 'a', version: 1 }])
  expect(shown()).toEqual(['a2'])
})

it('keeps what arrived during a load that was too early for it, and drops what only an earlier load had', () => {
  things.loading()
  things.loaded([{ id: 'old', version: 1 }])
  things.loading()
  things.put({ id: 'new', version: 1 })
  things.loaded([])
  expect(shown()).toEqual(['new1'])
})

it('shows nothing again that was removed, by a load or by a late event', () => {
  things.put({ id: 'a', version: 1 })
  things.loading()
  things.remove('a')
  things.loaded([{ id: 'a', version: 1 }])
  things.put({ id: 'a', version: 2 })
  expect(shown()).toEqual([])
})

it('keeps what a load does not cover', () => {
  things.put({ id: 'early', version: 1 })
  things.loading()
  things.loaded([{ id: 'late', version: 1 }], ({ id }) => id !== 'early')
  expect(shown()).toEqual(['early1', 'late1'])
})

it('remembers a bounded number of removed things', () => {
  things.remove('first')
  for (let index = 0; index < 1_000; index += 1) things.remove(`other ${index}`)
  things.put({ id: 'first', version: 1 })
  expect(shown()).toEqual(['first1'])
})

it('ends at the backend’s state, in whichever order and however often events come, around a load', () => {
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('put', 'put', 'remove'),
  })
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 12 }),
      fc.nat(12),
      fc.nat(12),
      (changes, loadsAt, heardFrom) => {
        const backend = new Map<string, Thing>()
        const gone = new Set<string>()
        const heard: (() => void)[] = []
        const collection = new Collection<Thing>((known, incoming) =>
          incoming.version > known.version ? incoming : known,
        )
        let answer: readonly Thing[] = []
        const at = Math.min(loadsAt, changes.length)
        // Events from before the load begins are not heard: the page was not there yet, or cut off.
        const from = Math.min(heardFrom, at)
        for (const [index, { id, kind }] of changes.entries()) {
          if (index === at) answer = [...backend.values()]
          if (gone.has(id)) continue
          if (kind === 'remove') {
            backend.delete(id)
            gone.add(id)
            if (index >= from) heard.push(() => collection.remove(id))
          } else {
            const thing = { id, version: (backend.get(id)?.version ?? 0) + 1 }
            backend.set(id, thing)
            if (index >= from) heard.push(() => collection.put(thing))
          }
        }
        if (at === changes.length) answer = [...backend.values()]
        collection.loading()
        for (const hear of heard) hear()
        collection.loaded(answer)
        for (const hear of heard) hear()
        expect(shown(collection)).toEqual(
          [...backend.values()].map((one) => `${one.id}${one.version}`).sort(),
        )
      },
    ),
  )
})
