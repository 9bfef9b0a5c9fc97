// Whose connection it is, directly and behind proxies.
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { addressFinder, limitedAddress } from './address.ts'

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

it.each([
  [false, '9.9.9.9', '1.1.1.1', '9.9.9.9'],
  [1, '9.9.9.9', '1.1.1.1', '1.1.1.1'],
  [1, '9.9.9.9', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  [2, '9.9.9.9', '6.6.6.6, 1.1.1.1, 8.8.8.8', '1.1.1.1'],
  [1, '9.9.9.9', undefined, '9.9.9.9'],
  [['10.0.0.0/8', 'loopback'], '10.1.2.3', '6.6.6.6, 1.1.1.1, 127.0.0.1', '1.1.1.1'],
  [['10.0.0.0/8'], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', '1.1.1.1', '1.1.1.1'],
] as const)('trusting %j, of a connection from %s for %s it is %s', (trust, remote, forwarded, address) => {
  const trusted = typeof trust === 'object' ? [...trust] : trust
  expect(addressFinder(trusted)(request(remote, forwarded))).toBe(address)
})

it.each([
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
  ['x'.repeat(10_000), 'x'.repeat(64)],
  ['', ''],
])('of %.50s one peer can not choose %s', (address, limited) => {
  expect(limitedAddress(address)).toBe(limited)
})

it('refuses to trust what is no address', () => {
  expect(() => addressFinder(['nonsense'])).toThrow('nonsense')
})
