// Signed out or signed in: which screen to show.
import { LiveProvider } from '../live/nowcast.ts'
import { useLive } from '../live/useLive.ts'
import { SignIn } from '../signIn/SignIn.tsx'
import { session } from '../signIn/session.ts'
import { Shell } from './Shell.tsx'

/** The whole page. */
export function App() {
  const state = useLive(session)
  if (state.status === 'signed-out') return <SignIn offered={state.offered} />
  return (
    <LiveProvider value={state.live}>
      <Shell key={state.live.userId} />
    </LiveProvider>
  )
}
