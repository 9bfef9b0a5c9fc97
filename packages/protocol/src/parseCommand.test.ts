// Every command is checked field by field, and the wrong one is named.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NowcastError } from './errors.ts'
import { limits } from './limits.ts'
import { parseCommand } from './parseCommand.ts'

const refusal = (fields: Record<string, unknown>): NowcastError => {
  try {
    parseCommand(fields as never)
  } catch (error) {
    if (error instanceof NowcastError) return error
    throw error
  }
  throw new Error('It was accepted.')
}

describe('a command', () => {
  it('keeps the fields that it has and drops the others', () => {
    const command = {
      id: 1,
      type: 'publish',
      channel: 'a',
      event: 'e',
      eventId: 'x',
      data: { n: 1 },
      more: true,
    }
    expect(parseCommand(command)).toEqual({
      id: 1,
      type: 'publish',
      channel: 'a',
      event: 'e',
      eventId: 'x',
      data: { n: 1 },
    })
  })

  it.each([
    [{ type: 'ping' }, 'invalid_command', 'id'],
    [{ type: 'ping', id: 0 }, 'invalid_command', 'id'],
    [{ type: 'ping', id: 1.5 }, 'invalid_command', 'id'],
    [{ id: 1 }, 'invalid_command', 'type'],
    [{ id: 1, type: 'toString' }, 'unknown_command', undefined],
    [{ id: 1, type: '__proto__' }, 'unknown_command', undefined],
    [{ id: 1, type: 'subscribe', channels: [] }, 'invalid_command', 'channels'],
    [
      { id: 1, type: 'subscribe', channels: Array(limits.channelsPerCommand + 1).fill({ channel: 'a' }) },
      'invalid_command',
      'channels',
    ],
    [
      { id: 1, type: 'subscribe', channels: [{ channel: 'a', position: { epoch: 'e', offset: -1 } }] },
      'invalid_command',
      'offset',
    ],
    [{ id: 1, type: 'unsubscribe', channels: ['ä'] }, 'invalid_channel', 'channel'],
    [{ id: 1, type: 'unsubscribe', channels: ['a'.repeat(201)] }, 'invalid_channel', 'channel'],
    [{ id: 1, type: 'subscribe', channels: [{ channel: 7 }] }, 'invalid_command', 'channels'],
    [{ id: 1, type: 'publish', channel: 'a', event: 'e\n', eventId: 'x' }, 'invalid_event', 'event'],
    [{ id: 1, type: 'publish', channel: 'a', event: 'e', eventId: 'x y' }, 'invalid_command', 'eventId'],
    [
      { id: 1, type: 'publish', channel: 'a', event: 'e', eventId: 'x', metadata: [] },
      'invalid_command',
      'metadata',
    ],
    [{ id: 1, type: 'history', channel: 'a', limit: 101 }, 'invalid_command', 'limit'],
    [{ id: 1, type: 'conversation.create', name: '  ' }, 'invalid_command', 'name'],
    [{ id: 1, type: 'conversation.create', name: 'a', kind: 'direct' }, 'invalid_command', 'kind'],
    [{ id: 1, type: 'conversation.send', conversation: 'a', messageId: 'x' }, 'invalid_command', 'body'],
    [
      { id: 1, type: 'conversation.edit', conversation: 'a', offset: 0, body: 'b' },
      'invalid_command',
      'offset',
    ],
  ])('%j is refused', (fields, code, field) => {
    expect(refusal(fields)).toMatchObject({ code, field })
  })

  it.each([
    ['conversation.send', 'body', { conversation: 'a', messageId: 'x', body: 'TEXT' }],
    [
      'conversation.send',
      'metadata',
      { conversation: 'a', messageId: 'x', body: 'b', metadata: { k: ['TEXT'] } },
    ],
    [
      'conversation.send',
      'metadata',
      { conversation: 'a', messageId: 'x', body: 'b', metadata: { a: { TEXT: 1 } } },
    ],
    ['conversation.edit', 'body', { conversation: 'a', offset: 1, body: 'TEXT' }],
    ['conversation.create', 'name', { name: 'TEXT' }],
    ['conversation.create', 'members', { name: 'a', members: ['ada', 'TEXT'] }],
    ['conversation.direct', 'user', { user: 'TEXT' }],
    ['conversation.search', 'query', { query: 'TEXT' }],
    ['publish', 'event', { channel: 'a', eventId: 'x', event: 'TEXT' }],
    ['publish', 'metadata', { channel: 'a', eventId: 'x', event: 'e', metadata: { k: 'TEXT' } }],
  ])('%s with a text that no database keeps names the field "%s"', (type, field, fields) => {
    const code = field === 'event' ? 'invalid_event' : 'invalid_command'
    for (const text of ['nul \0', 'half \ud800', '\udc00 half']) {
      const written = JSON.stringify({ id: 1, type, ...fields }).replace('"TEXT"', JSON.stringify(text))
      expect(refusal(JSON.parse(written))).toMatchObject({ code, field })
    }
    const whole = JSON.stringify({ id: 1, type, ...fields }).replace('"TEXT"', '"ünï 😀"')
    expect(parseCommand(JSON.parse(whole))).toMatchObject({ type })
  })

  it('of any shape is either accepted or refused with a code', () => {
    const anything = fc.dictionary(
      fc.constantFrom('id', 'type', 'channel', 'channels', 'event', 'data', 'body'),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom('ping', 'publish', 'subscribe', 'conversation.send'),
        (fields, type) => {
          try {
            parseCommand({ ...fields, type, id: 1 } as never)
          } catch (error) {
            expect(error).toBeInstanceOf(NowcastError)
          }
        },
      ),
    )
  })
})

describe('an error', () => {
  it('is the same after it travelled', () => {
    const error = new NowcastError('limit_exceeded', 'Too many.', { retryAfterMs: 100, field: 'messages' })
    const arrived = NowcastError.fromWire(JSON.parse(JSON.stringify(error.toWire())))
    expect(arrived).toMatchObject({
      code: 'limit_exceeded',
      message: 'Too many.',
      retryAfterMs: 100,
      field: 'messages',
      retryable: true,
    })
  })

  it('of an unknown code is an internal one', () => {
    expect(NowcastError.fromWire({ code: 'from_the_future' as never, message: 'x' }).code).toBe('internal')
  })
})
