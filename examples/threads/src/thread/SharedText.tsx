// The editor of a text that several people edit at the same time, each seeing the others' carets.
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Person } from '../../shared/api.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import { useStore } from '../theme/useStore.ts'
import { Collaboration, type TextStanding } from './collaboration.ts'
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
  // It ends before the channel is left: the others are told.
  useLayoutEffect(() => {
    const made = new Collaboration(live, user)
    setCollaboration(made)
    return () => made.close()
  }, [live, user])
  if (collaboration === undefined) return <PlainText text={live.thread?.description ?? ''} />
  return <Editor live={live} collaboration={collaboration} />
}

interface EditorProps {
  readonly live: ThreadLive
  readonly collaboration: Collaboration
}

function Editor({ live, collaboration }: EditorProps) {
  const standing = useStore(collaboration.standing)
  const isThere = standing.state !== 'loading'
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const { text, awareness } = collaboration
    if (place.current === null || !isThere || awareness === undefined) return
    const view = textEditor(place.current, text, awareness)
    return () => view.destroy()
  }, [collaboration, isThere])
  return (
    <>
      {isThere ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: the editor inside is what has the focus
        <div ref={place} className="shared-text" onBlur={collaboration.settle} />
      ) : (
        <PlainText text={live.thread?.description ?? ''} />
      )}
      <p className="shared-text__standing" role="status">
        {sentence(standing)}
      </p>
    </>
  )
}

function sentence(standing: TextStanding): string {
  if (standing.state === 'loading') return ''
  if (standing.state === 'offline') return 'What you write here reaches the others when you are back.'
  if (standing.state === 'refused') return 'What you write here does not reach the others.'
  return standing.saving === 'failed' ? 'Your last changes are not stored yet; this is tried again.' : ''
}
