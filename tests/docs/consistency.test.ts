// The documentation says what the code says: codes, limits, settings, flags, and links that lead somewhere.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ErrorKind, errorKinds, limits } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { start } from '../../packages/server/src/cli/start.ts'
import { environmentKeys } from '../../packages/server/src/foundation/config/load.ts'
import { configSchema } from '../../packages/server/src/foundation/config/schema.ts'
import { rate } from '../../packages/server/src/foundation/rate.ts'
import { anchorsOf, linksOf, tableRows } from './markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const protocol = read('docs/protocol.md')
const operations = read('docs/operations.md')

describe('docs/protocol.md', () => {
  it('has the table of error codes that the code has', () => {
    const documented = tableRows(protocol, 'Error codes').map(([code, status, close, repeat]) => ({
      code: code?.replaceAll('`', ''),
      status: Number(status),
      close: close === '' ? undefined : Number(close),
      retryable: repeat === 'yes',
    }))
    const kinds: [string, ErrorKind][] = Object.entries(errorKinds)
    expect(documented).toEqual(
      kinds.map(([code, { status, close, retryable }]) => ({ code, status, close, retryable })),
    )
  })

  it.each([
    `| nesting of an event's data | ${limits.dataDepth} levels |`,
    `| channel name | 1–${limits.channelLength} characters of`,
    `| event name | 1–${limits.eventNameLength} characters`,
    `| ids of events and messages | 1–${limits.idLength} visible`,
    `| channels in one command | ${limits.channelsPerCommand} |`,
    `| message metadata | ${limits.messageMetadataBytes.toLocaleString('en')} bytes of JSON |`,
    `| users in one command | ${limits.usersPerCommand} |`,
    `| ${limits.mentions} users, ${limits.attachments}, ${limits.reactions} different emoji |`,
    `| pinned messages of a conversation | ${limits.pins} |`,
    `status text | 1–100, 1–200, 1–${limits.statusText} characters |`,
    `(others' messages after it, at most ${limits.unread};`,
    `holds the newest ${limits.inbox}`,
    `up to ${limits.commandsPerFrame} commands into one`,
    `(1–${limits.historyPage}, default 20) publications`,
    `\`{ "events": [ … ] }\` (up to ${limits.batch})`,
  ])('says the limit: %s', (text) => {
    expect(protocol).toContain(text)
  })
})

describe('docs/operations.md', () => {
  const settings = settingsOf(configSchema)
  // What an app may have for itself is explained once, where it stands for all apps.
  const ownOfApps = new Set(settings.map((key) => `app.${key}`))
  it.each(settings.filter((key) => !ownOfApps.has(key)))('explains the setting %s', (key) => {
    expect(operations).toContain(`\`${key}\``)
  })

  it.each(Object.entries(environmentKeys))('explains the variable %s for %s', (variable, key) => {
    const line = operations.split('\n').find((candidate) => candidate.includes(`\`${variable}\``))
    expect(line).toContain(`\`${key}\``)
  })

  it.each(Object.keys(start.args ?? {}))('explains the flag --%s', (flag) => {
    expect(operations).toContain(`\`--${flag}\``)
  })
})

describe('links', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  })
  it.each(files.trim().split('\n'))('of %s lead somewhere', (file) => {
    const lost = linksOf(read(file)).filter((link) => !leadsSomewhere(join(root, file), link))
    expect(lost).toEqual([])
  })
})

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : resolve(dirname(from), path)
  if (!existsSync(target)) return false
  return (
    anchor === undefined || !target.endsWith('.md') || anchorsOf(readFileSync(target, 'utf8')).has(anchor)
  )
}

/** What of a schema of zod this test looks at. */
interface Schema {
  readonly def: {
    readonly type: string
    readonly shape?: Readonly<Record<string, Schema>>
    readonly innerType?: Schema
    readonly options?: readonly Schema[]
    readonly valueType?: Schema
  }
}

/** The dotted keys of a schema; those of a record's values begin anew. */
function settingsOf(schema: Schema, path: readonly string[] = []): readonly string[] {
  // A rate is written as one text; its parts are no settings of their own.
  if (schema === rate) return []
  const { shape, innerType, options, valueType } = schema.def
  if (shape !== undefined)
    return Object.entries(shape).flatMap(([key, inner]) => settingsOf(inner, [...path, key]))
  if (innerType !== undefined) return settingsOf(innerType, path)
  const own = path.join('.')
  const inner = options?.flatMap((option) => settingsOf(option)) ?? (valueType && settingsOf(valueType)) ?? []
  return [own, ...inner].filter((key) => key !== '')
}
