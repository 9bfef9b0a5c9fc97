import type { ChatMessage, Conversation } from '@nowcast/react'
import { describe, expect, test } from 'vitest'
import { isEditable, messageRights, newestOf } from './actions.ts'

const info = (values: Partial<Conversation>): Conversation => ({
  id: 'c',
  kind: 'closed',
  name: 'C',
  support: false,
  memberCount: 2,
  createdAt: 0,
  position: { epoch: 'e', offset: 9 },
  permissions: { post: 'member', invite: 'member' },
  ...values,
})

const message = (values: Partial<ChatMessage>): ChatMessage => ({
  id: 'm',
  conversation: 'c',
  offset: 1,
  sender: 'ada',
  body: 'Hello',
  createdAt: 0,
  status: 'sent',
  own: true,
  ...values,
})

describe('what a person may do', () => {
  test.each<[string, Partial<Conversation>, readonly [boolean, boolean, boolean]]>([
    ['a stranger', {}, [false, false, false]],
    ['a member', { role: 'member' }, [true, false, false]],
    ['an admin', { role: 'admin' }, [true, true, true]],
    ['an owner', { role: 'owner' }, [true, true, true]],
    ['one of two', { role: 'member', kind: 'direct' }, [true, true, false]],
    ['an owner, once it is archived', { role: 'owner', archivedAt: 1 }, [false, false, false]],
  ])('%s', (_who, values, [takePart, pin, deleteOthers]) => {
    expect(messageRights(info(values))).toEqual({ takePart, pin, deleteOthers })
  })

  test('nothing while it is not known', () => {
    expect(messageRights(undefined)).toEqual({ takePart: false, pin: false, deleteOthers: false })
  })
})

describe('a message', () => {
  test.each<[Partial<ChatMessage>, boolean]>([
    [{ status: 'read' }, true],
    [{ status: 'sending' }, false],
    [{ own: false }, false],
    [{ deletedAt: 1 }, false],
    [{ streaming: true }, false],
  ])('%j can be edited: %s', (values, expected) => expect(isEditable(message(values))).toBe(expected))

  test('is the newest when it is the last that is stored', () => {
    const messages = [message({ offset: 3 }), message({ offset: 0, status: 'failed' })]
    expect(newestOf(messages)).toBe(3)
    expect(newestOf([])).toBeUndefined()
  })
})
