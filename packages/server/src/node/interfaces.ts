// What a node answers over HTTP, and where it listens.
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../foundation/config/schema.ts'
import { StartupError } from '../foundation/startupError.ts'
import { createHttp, type HttpParts } from '../gateways/http/server.ts'
import { readHealth } from './health.ts'
import type { NodeParts } from './parts.ts'
import { isDevelopment } from './production.ts'
import type { NodeServices } from './services.ts'

/** Clients of a lost node arrive together; what overflows is tried again by their kernels only after a second. */
const LISTEN_BACKLOG = 4_096

/** What takes over connections, and what answers requests itself. */
export const entrances = ({
  gateway,
  pusher,
  pusherApi,
}: NodeServices): Pick<HttpParts, 'upgrades' | 'direct'> => ({
  upgrades: [gateway, pusher],
  direct: [pusherApi],
})

/** The HTTP server of a node, not listening yet. @param pages folders of files, by the path that they are served at */
export function createInterfaces(
  parts: NodeParts,
  services: NodeServices,
  pages: ReadonlyMap<string, string>,
): Promise<FastifyInstance> {
  const { config, log, clock, metrics, apps, limits } = parts
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  const signed = { apps, clock, limited }
  const { maxBytes: maxTextBytes } = config.conversations.streams
  return createHttp({
    publishing: { ...signed, maxEventBytes: config.maxEventBytes },
    streaming: { ...signed, maxTextBytes },
    limited,
    health: () => readHealth({ ...parts, ...services }),
    metrics,
    log,
    clock,
    ...entrances(services),
    routes: [services.overHttp.routes, services.pusherOverHttp.routes],
    pages,
    developmentApps: isDevelopment()
      ? (key) => (key === undefined ? apps.byId(config.app.id) : apps.byKey(key)?.app)
      : undefined,
  })
}

/**
 * Listens on the configured host and port.
 * @returns the address, e.g. `http://127.0.0.1:4000`
 * @throws StartupError when the port is taken or may not be used
 */
export async function listen(http: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await http.listen({ host, port, backlog: LISTEN_BACKLOG })
  } catch (cause) {
    throw refusal(cause, host, port)
  }
  const address = http.server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${shown}:${address.port}`
}

function refusal(cause: unknown, host: string, port: number): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} on ${host} is taken by another program; choose another with --port.`
    return new StartupError(message, { cause })
  }
  if (code === 'EACCES') {
    const message = `Port ${port} may not be used by this user; choose one above 1023.`
    return new StartupError(message, { cause })
  }
  if (code === 'EADDRNOTAVAIL') return new StartupError(`This machine has no address ${host}.`, { cause })
  return cause
}
