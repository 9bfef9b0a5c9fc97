// Requests that change something come from our own pages: another site's can't send these content types without being
// asked first, and browsers say where a request comes from.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses requests of other sites' pages that would change something. */
export function refuseOtherSites(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ method, headers }) => {
    if (READING.has(method) || isOwn(headers)) return
    throw new Refusal('forbidden', 'The request comes from another site.')
  })
}

/** Browsers say what a request is; older ones only where it comes from; what is no browser has nobody's cookie. */
function isOwn({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
