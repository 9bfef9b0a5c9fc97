// The accounts as cards, by organization.
import { useEffect, useState } from 'react'
import type { Account } from '../../shared/api.ts'
import { requestJson } from '../data/http.ts'
import { accounts as accountsSchema } from '../data/schemas.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { reasonOf } from '../theme/errors.ts'
import { Problem } from '../theme/Problem.tsx'
import { SkeletonRows } from '../theme/Skeleton.tsx'
import './accountChoice.css'

type Offer =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'ready'; readonly accounts: readonly Account[] }

function useAccounts(): Offer {
  const [offer, setOffer] = useState<Offer>({ status: 'loading' })
  useEffect(() => {
    let isCurrent = true
    requestJson(accountsSchema, 'GET', '/api/accounts').then(
      (accounts) => isCurrent && setOffer({ status: 'ready', accounts }),
      (error: unknown) => isCurrent && setOffer({ status: 'failed', reason: reasonOf(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [])
  return offer
}

/** What the choice needs. */
export interface AccountChoiceProps {
  /** The email of the account chosen. */
  readonly chosen: string
  readonly onChoose: (account: Account) => void
}

/** The accounts that the backend offers. */
export function AccountChoice({ chosen, onChoose }: AccountChoiceProps) {
  const offer = useAccounts()
  if (offer.status === 'failed') return <Problem reason={offer.reason} />
  if (offer.status === 'loading') return <SkeletonRows rows={4} tiles />
  const organizations = new Map(offer.accounts.map(({ organization }) => [organization.id, organization]))
  return (
    <div className="accounts">
      {[...organizations.values()].map(({ id, name }) => (
        <fieldset key={id} className="accounts__group">
          <legend>{name}</legend>
          {offer.accounts
            .filter(({ organization }) => organization.id === id)
            .map((account) => (
              <label key={account.id} className="account">
                <input
                  type="radio"
                  name="account"
                  className="visually-hidden"
                  checked={account.email === chosen}
                  onChange={() => onChoose(account)}
                />
                <Avatar id={account.id} name={account.name} picture={account.avatar} />
                <span className="account__text">
                  <span className="account__name">{account.name}</span>
                  <span className="account__email">{account.email}</span>
                </span>
              </label>
            ))}
        </fieldset>
      ))}
    </div>
  )
}
