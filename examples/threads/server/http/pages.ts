// The built pages, at every address that is not the interface's: the page itself finds out what to show.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import statics from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { notFound } from './refusal.ts'

const YEAR = '365d'

/** Serves the pages in a folder, when they have been built. */
export async function servePages(server: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(join(folder, 'index.html'))
  if (built) {
    await server.register(statics, {
      root: folder,
      maxAge: YEAR,
      immutable: true,
      // The page itself and what has no hash in its name may change with the next build.
      setHeaders: (reply, path) => {
        if (!path.startsWith(join(folder, 'assets'))) reply.header('cache-control', 'no-cache')
      },
    })
  }
  server.setNotFoundHandler(async ({ method, url }, reply) => {
    if (!built || method !== 'GET' || url.startsWith('/api/')) throw notFound('page')
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
  })
}
