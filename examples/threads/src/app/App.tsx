// Signed out or signed in: which screen to show.
import { CloudOff } from 'lucide-react'
import { SignIn } from '../session/SignIn.tsx'
import { resumeSession, session } from '../session/session.ts'
import { EmptyState } from '../theme/EmptyState.tsx'
import { useStore } from '../theme/useStore.ts'
import { MeProvider } from './me.tsx'
import { Notices } from './Notices.tsx'
import { RealtimeSwitch } from './RealtimeSwitch.tsx'
import { Shell } from './Shell.tsx'

/** The whole page. */
export function App() {
  return (
    <>
      <Screen />
      <Notices />
    </>
  )
}

function Screen() {
  const state = useStore(session)
  switch (state.status) {
    case 'starting':
      return <main aria-busy aria-label="Threads is loading" />
    case 'unreachable':
      return (
        <main className="app__unreachable">
          <EmptyState icon={CloudOff} title="Threads can’t be reached" text={state.reason}>
            <button type="button" className="button" onClick={() => void resumeSession()}>
              Try again
            </button>
          </EmptyState>
        </main>
      )
    case 'signed-out':
      return <SignIn />
    case 'signed-in':
      return (
        <MeProvider key={state.me.user.id} me={state.me}>
          <RealtimeSwitch me={state.me}>
            <Shell />
          </RealtimeSwitch>
        </MeProvider>
      )
  }
}
