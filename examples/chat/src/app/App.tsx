// Signed out or signed in: which screen to show.
import { NowcastProvider } from '@nowcast/react'
import { ProfilesProvider } from '../people/usePersons.ts'
import { MeProvider } from '../signIn/me.ts'
import { SignIn } from '../signIn/SignIn.tsx'
import { session } from '../signIn/session.ts'
import { useStore } from '../theme/useStore.ts'
import { Shell } from './Shell.tsx'

/** The whole page. */
export function App() {
  const state = useStore(session)
  if (state.status === 'signed-out') return <SignIn offered={state.offered} />
  return (
    <NowcastProvider key={state.me.id} options={state.options}>
      <MeProvider value={state.me}>
        <ProfilesProvider value={state.profiles}>
          <Shell />
        </ProfilesProvider>
      </MeProvider>
    </NowcastProvider>
  )
}
