// Whether a connection is encrypted, directly and behind proxies.
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { encryptionFinder } from './encryption.ts'

const request = (socket: object, forwarded?: string) =>
  ({
    socket,
    headers: forwarded === undefined ? {} : { 'x-forwarded-proto': forwarded },
  }) as unknown as IncomingMessage

it.each([
  [false, '9.9.9.9', 'https', false],
  [1, '9.9.9.9', 'https', true],
  [1, '9.9.9.9', 'HTTPS', true],
  [1, '9.9.9.9', 'wss', true],
  [1, '9.9.9.9', 'https, http', true],
  [1, '9.9.9.9', 'http, https', false],
  [1, '9.9.9.9', 'http', false],
  [1, '9.9.9.9', '', false],
  [1, '9.9.9.9', undefined, false],
  [['10.0.0.0/8'], '10.1.2.3', 'https', true],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', 'https', true],
  [['10.0.0.0/8'], '9.9.9.9', 'https', false],
] as const)('trusting %j, of a connection from %s for %s it is %s', (trust, remoteAddress, forwarded, is) => {
  const trusted = typeof trust === 'object' ? [...trust] : trust
  expect(encryptionFinder(trusted)(request({ remoteAddress }, forwarded))).toBe(is)
})

it('sees a connection that is encrypted up to here', () => {
  const socket = new TLSSocket(new Socket())
  expect(encryptionFinder(false)(request(socket))).toBe(true)
  socket.destroy()
})
