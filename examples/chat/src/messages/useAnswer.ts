// Something that is asked for when it is shown.
import { useEffect, useState } from 'react'
import { reasonOf } from '../theme/errors.ts'

/** The answer to a question, as far as it is there. */
export type Answer<T> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly reason: string }

/** Asks, and asks again whenever `ask` is another function. The last answer stays until the next one is there. */
export function useAnswer<T>(ask: () => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ status: 'loading' })
  useEffect(() => {
    let stale = false
    const settle = (next: Answer<T>) => {
      if (!stale) setAnswer(next)
    }
    ask().then(
      (value) => settle({ status: 'ready', value }),
      (error: unknown) => settle({ status: 'failed', reason: reasonOf(error) }),
    )
    return () => {
      stale = true
    }
  }, [ask])
  return answer
}
