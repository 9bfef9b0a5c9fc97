// `npm start`: installs and builds what is missing, then starts the server with the examples.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, install, requireNode, root } from './prepare.mjs'

requireNode()
install()
build()
const command = join(root, 'packages', 'server', 'dist', 'cli', 'main.js')
const server = spawn(process.execPath, [command, 'start', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
// Ctrl-C reaches the server through the terminal; other signals are passed on. Either way the server decides when to end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => server.kill('SIGTERM'))
server.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)))
