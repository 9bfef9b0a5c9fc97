// `npm run bench`: installs and builds what is missing, then runs the bench with the given flags.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error !== undefined) {
    process.stderr.write(`${command} can't be started: ${error.message}\n`)
    process.exit(1)
  }
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(join(root, 'node_modules', 'typescript'))) run('npm', ['ci'])
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'bench'])
run(process.execPath, [join(root, 'bench', 'dist', 'main.js'), ...process.argv.slice(2)])
