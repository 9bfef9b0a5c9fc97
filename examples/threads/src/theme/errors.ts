// What to tell a person about an error.

/** The sentence of an error, or a general one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return 'Something went wrong. Please try again.'
  return error.message
}
