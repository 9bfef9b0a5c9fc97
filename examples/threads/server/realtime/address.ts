// Where pages find the realtime server.
import type { Me } from '../../shared/api.ts'
import type { RealtimeSettings } from '../settings.ts'

const EVERY_ADDRESS = new Set(['0.0.0.0', '[::]'])
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * Where pages find the realtime server.
 * @param hostname by which the page found the backend: one that serves on every address is found there too
 */
export function realtimeAddress({ url, key }: RealtimeSettings, hostname: string): Me['realtime'] {
  const { hostname: host, port, protocol } = new URL(url)
  return {
    host: EVERY_ADDRESS.has(host) ? hostname : host,
    port: port === '' ? (DEFAULT_PORTS[protocol] ?? 80) : Number(port),
    key,
  }
}
