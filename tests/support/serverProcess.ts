// A real server in a process of its own, as `nowcast start` runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built `nowcast` command. */
export const COMMAND = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url))
const START_TIMEOUT_MS = 60_000

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}

/** A temporary folder that every user may enter, so that the embedded database's user can. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-test-'))
  await chmod(folder, 0o755)
  return folder
}

/** How a server is started. */
export interface ServerOptions {
  readonly port?: number
  readonly directory?: string
  /** Text of its nowcast.config.ts. */
  readonly config?: string
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Where the output of all runs is kept too. */
  readonly outputFile?: string
}

/** A server process that can be killed and started again on the same data and port. */
export class ServerProcess {
  readonly port: number
  readonly directory: string
  readonly #options: ServerOptions
  #child: ChildProcess | undefined
  output = ''

  private constructor(options: ServerOptions, port: number, directory: string) {
    this.#options = options
    this.port = port
    this.directory = directory
  }

  /** Starts a server and waits until it serves. */
  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.prepare(options)
    await server.start()
    return server
  }

  /** A server that is not started yet. */
  static async prepare(options: ServerOptions = {}): Promise<ServerProcess> {
    const directory = options.directory ?? (await temporaryFolder())
    if (options.config !== undefined) await writeFile(join(directory, 'nowcast.config.ts'), options.config)
    return new ServerProcess(options, options.port ?? (await freePort()), directory)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server is not running.')
    return this.#child.pid
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts the process; resolves when it serves, rejects with its output when it ends before. */
  async start(): Promise<void> {
    const { flags = [], environment = {}, outputFile } = this.#options
    const child = spawn(process.execPath, [COMMAND, 'start', '--port', String(this.port), ...flags], {
      cwd: this.directory,
      env: { ...process.env, NODE_ENV: 'development', NOWCAST_LOG_LEVEL: 'warn', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.output = ''
    const running = new Promise<void>((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error(`The server did not start.\n${this.output}`)),
        START_TIMEOUT_MS,
      )
      const hear = (chunk: Buffer) => {
        this.output += chunk.toString()
        if (outputFile !== undefined) appendFileSync(outputFile, chunk)
        if (this.output.includes('Nowcast is running')) settle(resolve)
      }
      const settle = (run: () => void) => {
        clearTimeout(timeout)
        run()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('exit', () => settle(() => reject(new Error(`The server ended.\n${this.output}`))))
    })
    await running
  }

  /** Runs the process to its end; for starts that must fail. */
  async runToEnd(): Promise<{ readonly code: number | null; readonly output: string }> {
    await this.start().catch(() => {})
    const child = this.#child
    if (child !== undefined && this.isRunning) await once(child, 'exit')
    return { code: child?.exitCode ?? null, output: this.output }
  }

  /** Ends the process by a signal and waits for it. */
  async end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    if (this.isRunning) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return child.exitCode
  }

  /** Stops the server cleanly and removes its data. A killed one is started once more, so that its database ends too. */
  async dispose(): Promise<void> {
    const killed = this.#child?.signalCode === 'SIGKILL'
    if (killed) await this.start().catch(() => {})
    await this.end('SIGTERM')
    if (this.#options.directory === undefined) await rm(this.directory, { recursive: true, force: true })
  }
}
