// The editor of a text that several people edit at the same time, each seeing the others' carets.
import { useEffect, useRef, useState } from 'react'
import type { Person } from '../../shared/api.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import { useStore } from '../theme/useStore.ts'
import { Collaboration } from './collaboration.ts'
import { PlainText } from './PlainText.tsx'
import { textEditor } from './textEditor.ts'

/** What the editor needs. */
export interface SharedTextProps {
  readonly live: ThreadLive
  readonly user: Person
}

/** The description in an editor that everybody shares. */
export function SharedText({ live, user }: SharedTextProps) {
  const [collaboration, setCollaboration] = useState<Collaboration>()
  useEffect(() => {
    const made = new Collaboration(live, user)
    setCollaboration(made)
    return () => made.close()
  }, [live, user])
  if (collaboration === undefined) return <PlainText text={live.thread?.description ?? ''} />
  return <Editor live={live} collaboration={collaboration} />
}

function Editor({
  live,
  collaboration,
}: {
  readonly live: ThreadLive
  readonly collaboration: Collaboration
}) {
  const status = useStore(collaboration.status)
  const isReady = status === 'synced'
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (place.current === null || !isReady) return
    const view = textEditor(place.current, collaboration)
    return () => view.destroy()
  }, [collaboration, isReady])
  return (
    <>
      {!isReady && <PlainText text={live.thread?.description ?? ''} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the editor inside is what has the focus */}
      <div ref={place} className="shared-text" hidden={!isReady} onBlur={collaboration.settle} />
    </>
  )
}
