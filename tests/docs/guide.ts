// A guide taken apart: the files that its code blocks make, and what it says that they print.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

/**
 * A file of a guide. A block that opens with a comment naming a file begins it; further blocks of the same kind without a
 * name continue it.
 */
export interface GuideFile {
  readonly name: string
  source: string
}

/** What happens when a guide is followed from top to bottom. */
export interface Step {
  /** `printed`: `text` is what the program has printed by now, after what was said of it before. */
  readonly kind: 'run' | 'printed'
  readonly file: GuideFile
  readonly text: string
}

/** A guide, ready to be followed. */
export interface Guide {
  readonly name: string
  readonly files: readonly GuideFile[]
  readonly steps: readonly Step[]
}

const fence = /^```(\w+)(?: ([^\n]+))?\n(.*?)^```$/gms
const fileName = /^(?:\/\/|#) ([\w.-]+\.(?:tsx?|sh))$/m

/** Reads a guide. A block of text says what the program above it prints, or the one whose name stands at its fence. @throws Error when its blocks don't make sense */
export async function readGuide(path: string): Promise<Guide> {
  const files = new Map<string, GuideFile>()
  const steps: Step[] = []
  const latest = new Map<string, GuideFile>()
  let running: GuideFile | undefined
  for (const [, language = '', label, code = ''] of (await readFile(path, 'utf8')).matchAll(fence)) {
    if (language === 'text') {
      const file = label === undefined ? running : files.get(label)
      if (file === undefined) throw new Error(`${path}: nothing was run that could have printed:\n${code}`)
      steps.push({ kind: 'printed', file, text: code })
    } else if (language === 'ts' || language === 'tsx' || language === 'sh') {
      const name = fileName.exec(code.slice(0, code.indexOf('\n')))?.[1]
      const open = latest.get(language)
      if (name === undefined && language === 'sh') continue
      if (name === undefined) {
        if (open === undefined) throw new Error(`${path}: a block belongs to no file:\n${code}`)
        open.source += `\n${code}`
        continue
      }
      if (files.has(name)) throw new Error(`${path}: there are two files ${name}.`)
      const file = { name, source: code }
      files.set(name, file)
      latest.set(language, file)
      if (!isProgram(file)) continue
      running = file
      steps.push({ kind: 'run', file, text: '' })
    }
  }
  return { name: basename(path, '.md'), files: [...files.values()], steps }
}

/** The configuration, components and what others import are not run by themselves. */
function isProgram({ name, source }: GuideFile): boolean {
  return !name.endsWith('.tsx') && !/^export /m.test(source)
}
