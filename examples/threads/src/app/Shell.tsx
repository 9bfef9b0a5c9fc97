// The frame around every page: header, the state of the connection, and what is open.
import { useEffect, useRef } from 'react'
import { ThreadPage } from '../thread/ThreadPage.tsx'
import { ThreadsPage } from '../threads/ThreadsPage.tsx'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { Header } from './Header.tsx'
import { OrganizationProvider } from './organizationContext.tsx'
import { type Place, usePlace } from './route.ts'
import './shell.css'

const keyOf = (place: Place): string => (place.page === 'thread' ? place.id : place.page)

/** Everything that a signed-in person sees. */
export function Shell() {
  const place = usePlace()
  const main = useRef<HTMLElement>(null)
  const key = keyOf(place)
  const before = useRef(key)

  // Another page begins at its top, for the eyes as for a screen reader.
  useEffect(() => {
    if (before.current === key) return
    before.current = key
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [key])

  return (
    <div className="shell">
      <button type="button" className="shell__skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <div className="shell__top">
        <Header />
        <ConnectionBanner />
      </div>
      <OrganizationProvider>
        <main id="main" ref={main} tabIndex={-1} className="shell__main">
          {place.page === 'thread' ? <ThreadPage key={place.id} id={place.id} /> : <ThreadsPage />}
        </main>
      </OrganizationProvider>
    </div>
  )
}
