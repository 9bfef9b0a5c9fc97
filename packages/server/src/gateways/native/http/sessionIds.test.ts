import { expect, it } from 'vitest'
import { SessionIds } from './sessionIds.ts'

const NODE = 'host.example-12-ab.cd'
const ids = new SessionIds(NODE, () => ['secret'])

it('tells any node of the cluster whose session it is', () => {
  const id = ids.issue()
  expect(new SessionIds('another', () => ['secret']).nodeOf(id)).toBe(NODE)
  expect(ids.issue()).not.toBe(id)
})

it('knows what was not made by a node of the cluster', () => {
  const id = ids.issue()
  const changed = [...id].map(
    (letter, index) => id.slice(0, index) + (letter === 'A' ? 'B' : 'A') + id.slice(index + 1),
  )
  // The last letter of a base64 text of 16 bytes holds two bits of them and four that mean nothing.
  for (const other of changed.slice(0, -1)) expect(ids.nodeOf(other)).toBeUndefined()
  for (const other of ['', '.', '..', id.slice(1), `${id}A`, new SessionIds(NODE, () => ['other']).issue()]) {
    expect(ids.nodeOf(other)).toBeUndefined()
  }
})
