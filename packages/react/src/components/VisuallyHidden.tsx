// Text for those who listen to the page.
import type { CSSProperties, ReactNode } from 'react'

// Its own style, so that it is hidden without any stylesheet too.
const HIDDEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  margin: -1,
  padding: 0,
  border: 0,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
}

/** Heard, not seen. */
export function VisuallyHidden({ children }: { readonly children: ReactNode }) {
  return <span style={HIDDEN}>{children}</span>
}
