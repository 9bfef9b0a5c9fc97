// What to tell a person about an error.
import { NowcastError } from '@nowcast/react'

const MINUTE_MS = 60_000

/** The sentence of an error, and when to try again where that is known; or a general one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return 'Something went wrong. Please try again.'
  const waitMs = error instanceof NowcastError ? error.retryAfterMs : undefined
  return waitMs === undefined || waitMs < MINUTE_MS ? error.message : `${error.message} ${tryAgain(waitMs)}`
}

function tryAgain(waitMs: number): string {
  const minutes = Math.ceil(waitMs / MINUTE_MS)
  return `Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`
}
