// Switches between the two client libraries; the pages behave the same on both.
import type { ClientKind } from '../../shared/api.ts'
import { useStore } from '../theme/useStore.ts'
import './clientSwitch.css'
import { chooseClient, clientKind } from './clientKind.ts'

const CHOICES: readonly { readonly kind: ClientKind; readonly label: string }[] = [
  { kind: 'pusher', label: 'pusher-js' },
  { kind: 'nowcast', label: 'Nowcast' },
]

/** Switches between pusher-js and Nowcast's own client. */
export function ClientSwitch() {
  const chosen = useStore(clientKind)
  return (
    <fieldset className="client-switch">
      <legend className="visually-hidden">Client library</legend>
      {CHOICES.map(({ kind, label }) => (
        <label key={kind} className="client-switch__choice">
          <input
            type="radio"
            name="client"
            className="visually-hidden"
            checked={kind === chosen}
            onChange={() => chooseClient(kind)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
