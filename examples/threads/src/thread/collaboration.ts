// The shared text of one thread: its document, who edits it, where it is stored, and what the list shows of it.
import { CollaborationProvider } from '@nowcast/yjs'
import * as Y from 'yjs'
import type { Person } from '../../shared/api.ts'
import { loadDocument, saveDocument } from '../data/documents.ts'
import { changeDescription } from '../data/threadFacts.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import type { Observable } from '../realtime/realtime.ts'
import { hueOf } from '../theme/identity.ts'

/** The text's name in the document. */
const TEXT = 'description'

/** The shared text of a thread as long as its page is open. */
export class Collaboration {
  readonly text: Y.Text
  readonly #live: ThreadLive
  readonly #document = new Y.Doc()
  readonly #provider: CollaborationProvider
  #isEdited = false

  constructor(live: ThreadLive, user: Person) {
    this.#live = live
    this.text = this.#document.getText(TEXT)
    this.#provider = new CollaborationProvider(this.#document, {
      transport: live.channel.documentTransport(),
      load: () => loadDocument(live.id, TEXT, live.thread?.description ?? ''),
      save: (update) => saveDocument(live.id, update),
    })
    const hue = hueOf(user.id)
    this.awareness.setLocalStateField('user', {
      name: user.name,
      color: `hsl(${hue} 55% 42%)`,
      colorLight: `hsl(${hue} 60% 50% / 0.25)`,
    })
    this.text.observe((_event, { local }) => {
      this.#isEdited ||= local
    })
  }

  /** Who edits, and where. */
  get awareness(): CollaborationProvider['awareness'] {
    return this.#provider.awareness
  }

  /** Whether the text is there. */
  get status(): Observable<CollaborationProvider['status']> {
    return {
      subscribe: (listener) => this.#provider.subscribe(listener),
      getSnapshot: () => this.#provider.status,
    }
  }

  /** To be called when the person stops to edit: the thread's own description, which lists show, follows the text. */
  readonly settle = (): void => {
    if (!this.#isEdited) return
    this.#isEdited = false
    const update = Y.encodeStateAsUpdate(this.#document)
    const text = this.text.toString()
    // The text is stored before the description: whoever opens the thread in between must not begin from the latter.
    saveDocument(this.#live.id, update)
      .then(() => changeDescription(this.#live, text))
      .catch(() => {
        // The provider stores the text as soon as it can; the description follows the next time.
        this.#isEdited = true
      })
  }

  /** Ends it. */
  close(): void {
    this.settle()
    this.#provider.destroy()
    this.#document.destroy()
  }
}
