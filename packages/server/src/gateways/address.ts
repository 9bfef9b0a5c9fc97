// Whose connection this is, as far as an address tells: behind proxies that are trusted it is what they say.
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { Config } from '../foundation/config/schema.ts'

/** The address that a request came from. */
export type AddressOf = (request: IncomingMessage) => string

/** Groups of an IPv6 address that name a network; within it anybody has as many addresses as they like. */
const NETWORK_GROUPS = 4

/**
 * How addresses are found.
 * @param trustProxy proxies whose `X-Forwarded-For` is believed: how many, or their addresses or networks
 * @returns answers an IPv4 address, or the network (/64) of an IPv6 address
 * @throws TypeError when one of the addresses is none
 */
export function addressFinder(trustProxy: Config['trustProxy']): AddressOf {
  if (trustProxy === false) return (request) => limitedAddress(request.socket.remoteAddress ?? '')
  const trust = trustIn(trustProxy)
  return (request) => limitedAddress(proxyAddr(request, trust))
}

/**
 * Which proxies are believed.
 * @returns answers for an address and how many proxies stand between it and this server
 * @throws TypeError when one of the addresses is none
 */
export function trustIn(trustProxy: Config['trustProxy']): (address: string, hop: number) => boolean {
  if (trustProxy === false) return () => false
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  return proxyAddr.compile(trustProxy)
}

/** What a trusted proxy passes on need not be an address. */
const MAX_LENGTH = 64

/** The part of an address that one peer can't choose at will. */
export function limitedAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address.slice(0, MAX_LENGTH)
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
