// A sentence that is said once and goes by itself: a link was copied, a reaction was refused.
import { useCallback, useEffect, useState } from 'react'
import './notice.css'

const SHOWN_MS = 4_000

/** What is said, with an identity of its own: the same sentence again is another notice. */
export type Said = { readonly sentence: string }

/** The notice that is shown, and what shows one. */
export function useNotice(): readonly [Said | undefined, (sentence: string) => void] {
  const [said, setSaid] = useState<Said>()
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [said])
  return [said, useCallback((sentence: string) => setSaid({ sentence }), [])]
}

/** A sentence that is said once. */
export function Notice({ said }: { readonly said: Said | undefined }) {
  return (
    <div className="notice" role="status">
      {said !== undefined && <p className="notice__text">{said.sentence}</p>}
    </div>
  )
}
