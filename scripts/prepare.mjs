// Installs and builds what is missing, so that every command works alone on a fresh clone. Plain Node.js: it runs
// before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const MIN_NODE = [20, 19]

/** Ends the process with a sentence when this Node.js is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return
  fail(`Nowcast needs Node.js ${MIN_NODE.join('.')} or newer; this is ${process.versions.node}.`)
}

/** Installs the locked dependencies when they are missing or the lockfile has changed since. */
export function install() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  const lockfile = join(root, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return
  say('Installing dependencies…')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Compiles the packages, and the pages of the examples when their sources are newer than what was built. */
export function build() {
  say('Building…')
  run(bin('tsc'), ['-b'])
  const packages = ['packages/protocol/src', 'packages/client/src', 'packages/react/src']
  buildPages('examples/chat', packages)
  buildPages('examples/threads', [...packages, 'packages/yjs'])
}

function buildPages(example, packages) {
  const stamp = join(root, example, 'dist', '.built')
  const newest = Math.max(...[example, ...packages].map((path) => newestChange(join(root, path))))
  if (existsSync(stamp) && Number(readFileSync(stamp, 'utf8')) >= newest) return
  run('npm', ['run', 'build', '--workspace', example, '--silent'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, String(newest))
}

/** Installs Chromium for the browser tests when it is missing, or ends the process with a sentence. */
export function requireChromium() {
  if (existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium')) return
  installFromDebian('Chromium', 'chromium', 'The browser tests need it', ' or set CHROMIUM_PATH')
}

/** Installs Redis for the tests of several nodes when it is missing, or ends the process with a sentence. */
export function requireRedis() {
  if (['redis-server', 'redis-cli'].every(isInstalled)) return
  installFromDebian('Redis', 'redis-server', 'The tests of several nodes need it')
}

/** Runs a command in the root folder; a failure ends this process with its exit code. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error !== undefined) fail(`"${command}" can't be run: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** Path of an installed command. */
export const bin = (name) => join(root, 'node_modules', '.bin', name)

/** Ends the process with a sentence. */
export function fail(sentence) {
  process.stderr.write(`\n${sentence}\n\n`)
  process.exit(1)
}

/** Says what is going on. */
export function say(sentence) {
  process.stdout.write(`${sentence}\n`)
}

const POLICY = '/usr/sbin/policy-rc.d'

function installFromDebian(name, debianPackage, why, otherwise = '') {
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    fail(
      `${name} is missing. ${why}: install it (Debian: "sudo apt-get install ${debianPackage}")${otherwise}.`,
    )
  }
  say(`Installing ${name}. ${why}…`)
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  const allowServices = forbidServices()
  run('apt-get', ['update', '-qq'], options)
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], options)
  allowServices()
}

/** Lets no package start its service, so that nothing runs that the tests did not start. A policy that is there stays. */
function forbidServices() {
  if (existsSync(POLICY)) return () => {}
  const allow = () => rmSync(POLICY, { force: true })
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  // Also when the installation ends this process.
  process.once('exit', allow)
  return allow
}

const isInstalled = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

function newestChange(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestChange(path) : statSync(path).mtimeMs)
  }
  return newest
}
