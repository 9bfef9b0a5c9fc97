// What a node calls itself.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** This software's version. */
export const VERSION = '0.1.0'

/** A name that no other running node has. */
export function nodeName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`
}
