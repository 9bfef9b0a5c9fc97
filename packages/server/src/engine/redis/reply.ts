// An answer of Redis that no script of ours gives: a fault of ours, or another program under our names.
import { NowcastError } from '@nowcast/protocol'

/** The error for an answer that can't be understood. */
export const senseless = (): NowcastError =>
  new NowcastError('internal', 'Redis gave an answer that makes no sense.')
