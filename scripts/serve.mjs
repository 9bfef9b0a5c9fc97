// Starts the server, and beside it the backend of the Threads example on the server's database. Everything is built already.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './prepare.mjs'

const command = join(root, 'packages', 'server', 'dist', 'cli', 'main.js')
const server = spawn(process.execPath, [command, 'start', ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
let threads

server.once('message', (running) => {
  // Its accounts have a password that everybody knows.
  if (process.env.NODE_ENV !== 'production') threads = startThreads(running)
})

// Ctrl-C reaches both through the terminal; other signals are passed on. The server decides when to end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {
  threads?.kill('SIGTERM')
  server.kill('SIGTERM')
})
server.on('exit', (code, signal) => {
  const end = () => process.exit(code ?? (signal === null ? 0 : 1))
  if (threads === undefined || threads.exitCode !== null || threads.signalCode !== null) return end()
  threads.once('exit', end)
  threads.kill('SIGTERM')
})

function startThreads({ address, databaseUrl, app }) {
  return spawn(process.execPath, [join(root, 'examples', 'threads', 'server', 'dist', 'server', 'main.js')], {
    stdio: 'inherit',
    env: {
      THREADS_DATABASE_URL: databaseUrl,
      ...process.env,
      NOWCAST_URL: address,
      NOWCAST_APP_ID: app.id,
      NOWCAST_APP_KEY: app.key,
      NOWCAST_APP_SECRET: app.secret,
    },
  })
}
