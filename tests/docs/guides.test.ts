// Follows every guide from top to bottom, as its reader would: each file that it shows is written, type-checked and run
// against a real node, and has to print what the guide says. The README's files are type-checked.
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND, freePort, ServerProcess, temporaryFolder } from '../support/serverProcess.ts'
import { type Guide, type GuideFile, readGuide } from './guide.ts'
import { isPage, Program } from './program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guidesFolder = join(root, 'docs', 'guides')
const guides = await Promise.all(
  readdirSync(guidesFolder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readGuide(join(guidesFolder, name))),
)

const readme = await readGuide(join(root, 'README.md'))

/** A guide has several programs, each of which is waited for with a patience of its own that says what it waits for. */
const TIMEOUT_MS = 180_000

/** A machine without them follows the rest of a guide. */
const hasShellTools = spawnSync('bash', ['-c', 'command -v curl && command -v openssl']).status === 0

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const command = `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`
  await writeFile(join(folder, 'nowcast'), command, { mode: 0o755 })
  for (const { name } of [...guides, readme]) await mkdir(join(folder, name))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the guide', () => {
  it.each(guides)('$name works as it says', { timeout: TIMEOUT_MS }, async (guide) => {
    const directory = join(folder, guide.name)
    const [port, other] = [await freePort(), await freePort()]
    for (const { name, source } of guide.files) {
      const placed = source.replaceAll(/\b4000\b/g, `${port}`).replaceAll(/\b4001\b/g, `${other}`)
      await writeFile(join(directory, name), placed)
    }
    const isServed = guide.files.some(({ name }) => name === 'nowcast.config.ts')
    const server = isServed ? await ServerProcess.start({ directory, port }) : undefined
    await follow(guide, directory).finally(() => server?.dispose())
  })
})

describe('the files', () => {
  it.each([...guides, readme])('of $name have the types that they need', async ({ name, files }) => {
    const directory = join(folder, name)
    const sources = files.filter((file) => !file.name.endsWith('.sh'))
    for (const file of sources) await writeFile(join(directory, file.name), file.source)
    const others = sources.filter((file) => !isBundled(file))
    expect(await typeErrors(directory, others)).toBe('')
    expect(await typeErrors(directory, sources.filter(isBundled), forBundlers)).toBe('')
  })
})

async function follow(guide: Guide, directory: string): Promise<void> {
  const running = new Map<GuideFile, { readonly program: Program; said: string }>()
  // A page stays open, and of a program that prints something its text tells how far it is.
  const endsByItself = (file: GuideFile) =>
    !isPage(file.name) && guide.steps.every((step) => step.kind === 'run' || step.file !== file)
  try {
    for (const { kind, file, text } of guide.steps) {
      if (file.name.endsWith('.sh') && !hasShellTools) continue
      if (kind === 'run') {
        const program = new Program(file.name, directory, folder)
        running.set(file, { program, said: '' })
        if (endsByItself(file)) await program.ended()
      } else {
        const reader = running.get(file)
        if (reader === undefined) throw new Error(`${file.name} does not run.`)
        reader.said += text
        await reader.program.printed(reader.said)
      }
    }
  } finally {
    for (const { program } of running.values()) await program.stop()
  }
  for (const { program, said } of running.values()) program.printedOnly(said)
}

/** The types of pusher-js are made for bundlers. */
const isBundled = ({ source }: GuideFile): boolean => source.includes("from 'pusher-js'")
const forBundlers = { module: 'preserve', moduleResolution: 'bundler' }

/** What the compiler says with the strictest settings. */
async function typeErrors(
  directory: string,
  sources: readonly GuideFile[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  if (sources.length === 0) return ''
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    rewriteRelativeImportExtensions: false,
    // As the bundlers of pages resolve; Node.js finds the same for what has files of its own for it.
    module: 'Preserve',
    moduleResolution: 'Bundler',
    // An example may end before it has used everything.
    noUnusedLocals: false,
    jsx: 'react-jsx',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    ...more,
  }
  const files = sources.map(({ name }) => name)
  const settings = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(root, 'node_modules', '.bin', 'tsc')
  const failed = (error: { readonly stdout: string }) => error
  return (await promisify(execFile)(compiler, ['-p', directory]).catch(failed)).stdout
}
