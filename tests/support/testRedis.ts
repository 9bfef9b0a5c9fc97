// A real Redis of a test's own, that can be killed, started again empty, and frozen.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './serverProcess.ts'

const START_PATIENCE_MS = 10_000

/** A redis-server process without persistence: what it held is gone when it ends. */
export class TestRedis {
  readonly port: number
  readonly #command: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, command: readonly string[]) {
    this.port = port
    this.#command = command
  }

  /** Starts a server on a free port. */
  static async start(flags: readonly string[] = []): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), ['--save', '', '--appendonly', 'no', ...flags])
    await redis.start()
    return redis
  }

  /** Starts a Sentinel with a configuration file, which it writes to. */
  static async startSentinel(file: string): Promise<TestRedis> {
    const sentinel = new TestRedis(await freePort(), [file, '--sentinel'])
    await sentinel.start()
    return sentinel
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again on the same port, empty. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1']
    const child = spawn('redis-server', [...this.#command, ...place], { stdio: 'ignore' })
    child.on('error', () => {})
    this.#process = child
    const deadline = Date.now() + START_PATIENCE_MS
    while (!(await this.#answers())) {
      if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
        throw new Error(
          'redis-server does not start; is it installed (Debian: apt-get install redis-server)?',
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Ends it at once, with all that it held. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Lets it answer nobody, without ending it. */
  freeze(): void {
    this.#process?.kill('SIGSTOP')
  }

  /** Ends `freeze`. */
  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  async dispose(): Promise<void> {
    await this.kill()
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      socket.write('PING\r\n')
      const [reply] = await once(socket, 'data')
      return String(reply).startsWith('+PONG')
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}
