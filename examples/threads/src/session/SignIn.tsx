// The first screen: the accounts of both organizations, one click each to look through somebody's eyes.
import { ArrowRight } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Account } from '../../shared/api.ts'
import { Mark } from '../theme/Mark.tsx'
import { Problem } from '../theme/Problem.tsx'
import { ThemeToggle } from '../theme/ThemeToggle.tsx'
import { useAction } from '../theme/useAction.ts'
import { AccountChoice } from './AccountChoice.tsx'
import './signIn.css'
import { signIn } from './session.ts'

/** The password of all accounts of the demonstration. */
const DEMO_PASSWORD = 'threads'

/** The first screen. */
export function SignIn() {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState(DEMO_PASSWORD)
  const { state, run } = useAction()
  const isRunning = state.status === 'running'
  const choose = (account: Account) => setEmail(account.email)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isRunning) void run(() => signIn(email.trim(), password))
  }
  return (
    <main className="sign-in">
      <div className="sign-in__theme">
        <ThemeToggle />
      </div>
      <div className="sign-in__sheet">
        <header className="sign-in__head">
          <p className="sign-in__brand">
            <Mark size={30} />
            Threads
          </p>
          <h1>Think it through, together.</h1>
          <p className="sign-in__lead">
            Pick somebody to be. Open a second browser as somebody else, and watch the two pages keep up with
            each other. The two organizations never see each other’s threads.
          </p>
        </header>
        <form className="sign-in__form" onSubmit={submit}>
          <AccountChoice chosen={email} onChoose={choose} />
          <div className="sign-in__fields">
            <label className="field">
              <span className="field__label">Email</span>
              <input
                className="input"
                type="email"
                required
                value={email}
                onChange={(event) => setEmail(event.target.value)}
                autoComplete="username"
              />
            </label>
            <label className="field">
              <span className="field__label">Password</span>
              <input
                className="input"
                type="password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                autoComplete="current-password"
              />
            </label>
            <button type="submit" className="button button--primary sign-in__submit" disabled={isRunning}>
              {isRunning ? 'Signing in…' : 'Sign in'}
              {!isRunning && <ArrowRight size={16} aria-hidden />}
            </button>
          </div>
          {state.status === 'failed' && <Problem reason={state.reason} />}
        </form>
      </div>
    </main>
  )
}
