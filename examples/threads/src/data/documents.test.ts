import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { firstUpdate } from './documents.ts'

function textOf(...updates: Uint8Array[]): string {
  const document = new Y.Doc()
  for (const update of updates) Y.applyUpdate(document, update)
  return document.getText('description').toString()
}

it('begins with the same words once, however many pages begin', () => {
  const first = firstUpdate('thread', 'description', 'In the beginning')
  const second = firstUpdate('thread', 'description', 'In the beginning')
  expect(textOf(first, second)).toBe('In the beginning')
})

it('never takes one text for another', () => {
  const first = firstUpdate('thread', 'description', 'one')
  const second = firstUpdate('thread', 'description', 'two')
  expect(
    [textOf(first, second), textOf(second, first)].every((text) => /one/.test(text) && /two/.test(text)),
  ).toBe(true)
})
