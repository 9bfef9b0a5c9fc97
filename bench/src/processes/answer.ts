// The child's side of a contract: answers the parent's calls, and ends when the parent lets go.
import type { AnswerMessage, CallMessage } from './remote.ts'

/**
 * Answers calls with `methods` until the parent disconnects.
 * @param ending called once then; the process exits after it
 */
export function answerCalls<T extends object>(methods: T, ending: () => Promise<void>): void {
  const answer = (message: AnswerMessage) => {
    if (process.connected) process.send?.(message)
  }
  const known = new Map<string, unknown>(Object.entries(methods))
  process.on('message', ({ call, method, args }: CallMessage) => {
    const run = known.get(method)
    const result =
      typeof run === 'function'
        ? Promise.resolve(args).then((given) => run(given))
        : Promise.reject(new Error(`no method "${method}"`))
    result.then(
      (value: unknown) => answer({ call, result: value }),
      (error: unknown) => answer({ call, error: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.once('disconnect', () => {
    ending().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  // Ctrl-C reaches the whole group; the parent decides when a child ends.
  process.on('SIGINT', () => {})
}
