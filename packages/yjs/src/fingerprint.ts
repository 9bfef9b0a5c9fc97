// Tells two states of a document apart in few bytes: what was inserted and what was deleted, as one number.
import * as Y from 'yjs'

/** The same for two documents of the same state; another one for others, but for one pair in 2^52. */
export function fingerprintOf(document: Y.Doc): number {
  const bytes = Y.encodeSnapshot(Y.snapshot(document))
  let [one, other] = [0xdeadbeef, 0x41c6ce57]
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 2_654_435_761)
    other = Math.imul(other ^ byte, 1_597_334_677)
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(other ^ (other >>> 13), 3_266_489_909)
  other = Math.imul(other ^ (other >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909)
  return (other & 0xf_ffff) * 2 ** 32 + (one >>> 0)
}
