// Starts the backend of Threads from its environment, until it is told to stop.
import { fileURLToPath } from 'node:url'
import { createApplication } from './application.ts'
import { readSettings, type Settings } from './settings.ts'

const PAGES = fileURLToPath(new URL('../../../dist', import.meta.url))

try {
  await serve(readSettings(process.env))
} catch (error) {
  process.stderr.write(`\nThreads can't start. ${sentence(error)}\n\n`)
  process.exit(1)
}

async function serve(settings: Settings): Promise<void> {
  const application = await createApplication(settings, PAGES)
  const stop = () => void application.close().then(() => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  const { host, port } = settings
  process.stdout.write(`  Threads    ${await application.listen({ host, port })}\n\n`)
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'Its port is taken: choose another with the variable THREADS_PORT.'
  }
  return error.message
}
