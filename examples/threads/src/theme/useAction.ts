// One request that a person starts: idle, running, or failed with a sentence.
import { useCallback, useState } from 'react'
import { reasonOf } from './errors.ts'

/** The state of a request that a person starts. */
export type ActionState =
  | { readonly status: 'idle' }
  | { readonly status: 'running' }
  | { readonly status: 'failed'; readonly reason: string }

/** Runs requests one at a time and keeps the last one's state. `run` resolves to true when it succeeded. */
export function useAction(): {
  readonly state: ActionState
  readonly run: (request: () => Promise<unknown>) => Promise<boolean>
} {
  const [state, setState] = useState<ActionState>({ status: 'idle' })
  const run = useCallback(async (request: () => Promise<unknown>) => {
    setState({ status: 'running' })
    try {
      await request()
      setState({ status: 'idle' })
      return true
    } catch (error) {
      setState({ status: 'failed', reason: reasonOf(error) })
      return false
    }
  }, [])
  return { state, run }
}
