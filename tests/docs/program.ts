// A program of a guide while it runs.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const JITI = fileURLToPath(new URL('../../node_modules/.bin/jiti', import.meta.url))
const PAGE = new URL('page.mjs', import.meta.url).href
const PATIENCE_MS = 20_000

/** True for a file that runs in a browser's page. */
export const isPage = (name: string): boolean => name.startsWith('page')

/** A running program, and what it has printed. */
export class Program {
  readonly name: string
  readonly #child: ChildProcess
  #output = ''
  #errors = ''
  #closed = false
  #changed = () => {}

  /**
   * Starts a file in its folder.
   * @param commands a folder of commands that it finds besides those of the system
   */
  constructor(name: string, folder: string, commands: string) {
    const page = isPage(name) ? ['--import', PAGE] : []
    const [command, args] = name.endsWith('.sh')
      ? ['bash', ['-euo', 'pipefail', name]]
      : [process.execPath, [...page, JITI, name]]
    this.name = name
    this.#child = spawn(command, args, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${commands}${delimiter}${process.env.PATH}`,
        NODE_ENV: 'development',
        JITI_FS_CACHE: 'false',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (chunk) => {
      this.#output += chunk
      this.#changed()
    })
    this.#child.stderr?.on('data', (chunk) => {
      this.#errors += chunk
    })
    this.#child.on('close', () => {
      this.#closed = true
      this.#changed()
    })
  }

  /** Waits until its output begins with `text`, in which `…` stands for anything on one line. */
  async printed(text: string): Promise<void> {
    const begins = new RegExp(`^${toPattern(text)}(\n|$)`)
    await this.#until(() => begins.test(this.#output), `It should have printed:\n${text}`)
  }

  /** Waits until it has ended by itself, without an error. */
  async ended(): Promise<void> {
    await this.#until(() => this.#closed, 'It should have ended.')
    if (this.#child.exitCode !== 0) throw this.#failure('It should have ended without an error.')
  }

  /** Ends it where it has not ended by itself. */
  async stop(): Promise<void> {
    if (this.#closed) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await closed
  }

  /** @throws Error when it has printed anything else, or an error */
  printedOnly(text: string): void {
    const all = new RegExp(`^${toPattern(text)}\n?$`)
    if (this.#errors !== '' || !all.test(this.#output))
      throw this.#failure(`It should have printed only:\n${text}`)
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!condition()) {
      const leftMs = deadline - Date.now()
      if (leftMs <= 0 || this.#closed) throw this.#failure(what)
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, leftMs)
        this.#changed = () => {
          clearTimeout(timeout)
          resolve()
        }
      })
    }
  }

  #failure(what: string): Error {
    return new Error(`${this.name}: ${what}\nIt printed:\n${this.#output}\nErrors:\n${this.#errors}`)
  }
}

const toPattern = (text: string): string =>
  text
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('.*?')
