// Says on standard error what is running, so that standard output holds the tables alone.

/** Tells the reader what happens now. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
