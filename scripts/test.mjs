// `npm test`: type check, lint, dead code, sizes, then unit, integration and browser tests.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { bin, build, fail, install, requireNode, root, run, say } from './prepare.mjs'

requireNode()
install()
requireChromium()
build()
const filter = process.argv.slice(2)
if (filter.length === 0) {
  say('Checking types, style, imports, dead code and sizes…')
  run(bin('tsc'), ['-p', 'tests'])
  run(bin('biome'), ['ci', '.'])
  run(bin('knip'), [])
  run(bin('size-limit'), [])
}
say('Running the tests…')
run(bin('vitest'), ['run', ...filter])

function requireChromium() {
  const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
  if (existsSync(path)) return
  const isRoot = process.getuid?.() === 0
  const hasApt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
  if (!isRoot || !hasApt) {
    fail(
      'The browser tests need Chromium: install it (Debian: "sudo apt-get install chromium") or set CHROMIUM_PATH.',
    )
  }
  say('Installing Chromium for the browser tests…')
  const options = {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  run('apt-get', ['update', '-qq'], options)
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options)
}
