// How much room is left, once it matters.
import { MAX_BODY_BYTES } from './byteLength.ts'
import './byteCount.css'

const SHOWN_FROM_BYTES = 1740

const format = new Intl.NumberFormat('en')

/** How much room is left in a message of `bytes` bytes; nothing while there is plenty. */
export function ByteCount({ bytes }: { readonly bytes: number }) {
  if (bytes < SHOWN_FROM_BYTES) return null
  const left = MAX_BODY_BYTES - bytes
  return (
    <span className="byte-count" data-over={left < 0} aria-live="polite">
      {left < 0 ? `${format.format(-left)} bytes too long` : `${format.format(left)} bytes left`}
    </span>
  )
}
