// Where the time went: the functions with the most time of their own in the CPU profiles of a run.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The part of V8's profile format that matters here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds between a sample and the one before. */
  readonly timeDeltas: readonly number[]
}

const TOP = 15

/**
 * The hottest functions of each profile written since `since`.
 * @param since milliseconds since 1970, by the profile's own name
 */
export async function hottest(directory: string, since: number): Promise<string[]> {
  const texts: string[] = []
  for (const name of (await readdir(directory)).sort()) {
    if (!name.endsWith('.cpuprofile') || startOf(name) < since) continue
    // Written by Node itself a moment ago.
    const profile = JSON.parse(await readFile(join(directory, name), 'utf8')) as Profile
    texts.push(`${name}: own time, without idle\n${summarize(profile)}`)
  }
  return texts
}

/** `CPU.20250131.235959.<pid>…`: the local time when the process began. */
function startOf(name: string): number {
  const [, date = '', time = ''] = name.split('.')
  const pairs = (text: string) => text.match(/../g)?.map(Number) ?? []
  const [month = 1, day = 1] = pairs(date.slice(4))
  const [hours = 0, minutes = 0, seconds = 0] = pairs(time)
  return new Date(Number(date.slice(0, 4)), month - 1, day, hours, minutes, seconds).getTime()
}

function summarize({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const micros = new Map<string, number>()
  let total = 0
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)'
    if (name === '(idle)' || name === '(root)') continue
    const spent = timeDeltas[index] ?? 0
    total += spent
    micros.set(name, (micros.get(name) ?? 0) + spent)
  }
  const top = [...micros].sort(([, a], [, b]) => b - a).slice(0, TOP)
  return top.map(([name, spent]) => `${((spent * 100) / total).toFixed(1).padStart(6)} %  ${name}`).join('\n')
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.startsWith('file:') ? basename(fileURLToPath(url)) : url
  return `${name}  ${file}:${lineNumber + 1}`
}
