// A child process whose methods can be called: every call ends with its answer, an error, or a time limit.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A call as it travels to the child. */
export interface CallMessage {
  readonly call: number
  readonly method: string
  readonly args: unknown
}

/** A child's answer to a call. */
export interface AnswerMessage {
  readonly call: number
  readonly result?: unknown
  readonly error?: string
}

// biome-ignore lint/suspicious/noExplicitAny: only the shape of a method matters here; contracts give the types
type Method = (...args: any[]) => Promise<unknown>

const STOP_PATIENCE_MS = 10_000

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A running child process that answers the methods of `T`. */
export class Remote<T extends { readonly [K in keyof T]: Method }> {
  readonly #label: string
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #ended: Promise<void>
  #calls = 0

  /**
   * @param label names the process in errors
   * @param script relative to `src`, without an extension
   * @param nodeFlags flags for Node itself
   */
  constructor(label: string, script: string, nodeFlags: readonly string[] = []) {
    this.#label = label
    const path = fileURLToPath(new URL(`../${script}.js`, import.meta.url))
    this.#child = fork(path, [], { execArgv: [...nodeFlags], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', (message: AnswerMessage) => this.#answer(message))
    this.#ended = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.once('exit', (code, signal) => this.#fail(`ended with ${signal ?? `code ${code}`}`))
    this.#child.once('error', (error) => this.#fail(error.message))
  }

  /**
   * Calls a method of the child.
   * @throws Error when the child throws, ends, or does not answer within `timeoutMs`
   */
  async call<K extends keyof T & string>(
    method: K,
    timeoutMs: number,
    ...args: Parameters<T[K]>
  ): Promise<Awaited<ReturnType<T[K]>>> {
    const call = ++this.#calls
    const answered = new Promise<unknown>((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#pending.delete(call)
        reject(new Error(`${this.#label}: no answer to "${method}" within ${timeoutMs / 1_000} s`))
      }, timeoutMs)
      const settle = () => {
        clearTimeout(limit)
        this.#pending.delete(call)
      }
      this.#pending.set(call, {
        resolve: (result) => {
          settle()
          resolve(result)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
    })
    const message: CallMessage = { call, method, args: args[0] }
    this.#child.send(message)
    // Both ends are compiled against the same contract.
    return (await answered) as Awaited<ReturnType<T[K]>>
  }

  /** Whether the child has not ended. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Lets the child end by itself, and ends it when it doesn't. */
  async stop(): Promise<void> {
    if (!this.running) return
    if (this.#child.connected) this.#child.disconnect()
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE_MS)
    await this.#ended
    clearTimeout(kill)
  }

  /** Ends the child at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.running) return
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #answer({ call, result, error }: AnswerMessage): void {
    const pending = this.#pending.get(call)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new Error(`${this.#label}: ${error}`))
  }

  #fail(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(`${this.#label}: ${reason}`))
  }
}
