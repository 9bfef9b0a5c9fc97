// How far a query looks at first. A limit alone bounds only what is found: where the planner knows too little of a
// table, or of one conversation among many, it may read and sort all of it before it takes the first hundred.
import { sql } from 'kysely'

/** Offsets that are looked at first; what lies beyond is only looked at when they did not hold enough. */
export const NEAR = sql.lit(250)
