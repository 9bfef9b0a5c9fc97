// Ids of connections, in the one form that the libraries of all protocols take: two numbers, as Pusher's socket ids are.
import { randomInt } from 'node:crypto'

/** Each half; together 62 random bits, so that no two nodes ever choose the same. */
const HALF = 2 ** 31

/** A new connection's id, e.g. `1420939471.882003312`; no other connection of the cluster has it. */
export const newConnectionId = (): string => `${randomInt(HALF)}.${randomInt(HALF)}`
