// The table of what works with Pusher's libraries promises nothing that no test holds, and forgets none of the tests.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { linksOf, tableRows } from './markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = resolve(root, 'docs/guides/pusher.md')
const suite = resolve(root, 'tests/server/pusher')
const text = readFileSync(page, 'utf8')

/** What each line of the table promises, and the files of tests that it names. */
const rows = tableRows(text, 'What works').map(([, what = '', , held = '']) => ({
  what,
  files: linksOf(held).map((link) => resolve(dirname(page), link)),
}))

/** The libraries' published versions, as the page says them. */
const installed = ['pusher-js', 'pusher-js-7', 'laravel-echo', 'pusher'].map((name) => {
  const manifest = readFileSync(resolve(root, 'node_modules', name, 'package.json'), 'utf8')
  return { name, version: String(JSON.parse(manifest).version) }
})

const testsOf = (file: string): number =>
  readFileSync(file, 'utf8').match(/^ *it(?:\.each)?\(/gm)?.length ?? 0
const usesPublishedLibraries = (file: string): boolean =>
  /support\/(?:pusherClients|pusherLibrary)\.ts'/.test(readFileSync(file, 'utf8'))

describe('docs/guides/pusher.md', () => {
  it.each(rows)('holds by tests with the published libraries: $what', ({ files }) => {
    expect(files.filter((file) => testsOf(file) > 0)).toEqual(files)
    expect(files.some(usesPublishedLibraries)).toBe(true)
  })

  it('names every test of the suite', () => {
    const named = new Set(rows.flatMap(({ files }) => files))
    const all = readdirSync(suite).filter((name) => name.endsWith('.test.ts'))
    expect(all.map((name) => resolve(suite, name)).filter((file) => !named.has(file))).toEqual([])
  })

  it.each(installed)('names the version of $name that is tested', ({ version }) => {
    const tested = text.split('\n').find((line) => line.startsWith('Tested with'))
    expect(tested).toContain(version)
  })
})
