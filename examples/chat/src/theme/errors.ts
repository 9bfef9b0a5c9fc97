// What to tell a person about an error.

/** The sentence of an error, or a general one. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== ''
    ? error.message
    : 'Something went wrong. Please try again.'
}
