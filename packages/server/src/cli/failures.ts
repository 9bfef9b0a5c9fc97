// What a person sees when a command can't go on: one sentence, no stack.
import { StartupError } from '../foundation/startupError.ts'

/**
 * Runs a command; a StartupError ends the process with its sentence and exit code 1.
 * @param what begins what is said
 */
export async function exitOnStartupError(
  run: () => Promise<void>,
  what = "Nowcast can't start. ",
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    process.stderr.write(`\n${what}${error.message}\n\n`)
    process.exit(1)
  }
}
