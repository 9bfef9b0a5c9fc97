// How tables and the figures in them are written.
import Table from 'cli-table3'

/** A whole number with thousands separated. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US')

/** Two digits behind the point. */
export const exact = (value: number): string => value.toFixed(2)

/** A share of 1 as per cent. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** A table under its title; the first column is text, the others are figures. */
export function titled(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push([...row])
  return `${title}\n${table.toString()}`
}
