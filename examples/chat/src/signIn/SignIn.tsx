// The first screen: a name is all it takes, on a server in development.
import { ArrowRight } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Mark } from '../theme/Mark.tsx'
import { Problem } from '../theme/Problem.tsx'
import { ThemeToggle } from '../theme/ThemeToggle.tsx'
import { useAction } from '../theme/useAction.ts'
import { Isobars } from './Isobars.tsx'
import { NotOffered } from './NotOffered.tsx'
import { signIn } from './session.ts'
import './signIn.css'

const MAX_NAME = 60

/** The first screen. `offered` is false when the server gives no tokens by name. */
export function SignIn({ offered }: { readonly offered: boolean }) {
  return (
    <main className="sign-in">
      <Isobars />
      <div className="sign-in__theme">
        <ThemeToggle />
      </div>
      <div className="sign-in__card">
        <div className="sign-in__brand">
          <Mark size={28} />
          <span>Nowcast Chat</span>
        </div>
        {offered ? <NameForm /> : <NotOffered />}
      </div>
    </main>
  )
}

function NameForm() {
  const [name, setName] = useState('')
  const { state, run } = useAction()
  const ready = name.trim() !== '' && state.status !== 'running'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) void run(() => signIn(name.trim()))
  }
  return (
    <>
      <h1>Come on in.</h1>
      <p className="sign-in__lead">
        Pick a name and start talking. Open a second browser to talk to yourself.
      </p>
      <form onSubmit={submit} className="sign-in__form">
        <label className="field">
          <span className="field__label">Your name</span>
          <input
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={MAX_NAME}
            placeholder="Ada Lovelace"
            autoComplete="name"
            // biome-ignore lint/a11y/noAutofocus: the only thing to do on this screen
            autoFocus
          />
        </label>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <button type="submit" className="button button--primary sign-in__submit" disabled={!ready}>
          {state.status === 'running' ? 'Signing in…' : 'Sign in'}
          {state.status !== 'running' && <ArrowRight size={16} aria-hidden />}
        </button>
      </form>
    </>
  )
}
