// The shared text of one thread: loaded, brought together with those of the others, stored, and shown by the list.
import { CollaborationProvider, type CollaborationSnapshot } from '@nowcast/yjs'
import * as Y from 'yjs'
import type { Person } from '../../shared/api.ts'
import { loadDocument, saveDocument } from '../data/documents.ts'
import { Sync } from '../data/sync.ts'
import { changeDescription } from '../data/threadFacts.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import { Variable } from '../realtime/variable.ts'
import { hueOf } from '../theme/identity.ts'

/** The text's name in the document. */
const TEXT = 'description'

/** Where the text stands; `loading` until there is something to edit. */
export type TextStanding = { readonly state: 'loading' } | CollaborationSnapshot

/** The shared text of a thread as long as its page is open. */
export class Collaboration {
  readonly standing = new Variable<TextStanding>({ state: 'loading' })
  readonly #document = new Y.Doc()
  readonly #live: ThreadLive
  /** The text that everybody edits. */
  readonly text = this.#document.getText(TEXT)
  readonly #user: Person
  #provider: CollaborationProvider | undefined
  readonly #sync = new Sync(
    () => this.#begin(),
    () => {
      // The text is shown as the thread has it; it can be edited as soon as the document is there.
    },
  )
  #isEdited = false

  constructor(live: ThreadLive, user: Person) {
    this.#live = live
    this.#user = user
    this.text.observe((_event, { local }) => {
      this.#isEdited ||= local
    })
    this.#sync.want()
  }

  /** Who edits, and where; undefined while the text is loading. */
  get awareness(): CollaborationProvider['awareness'] | undefined {
    return this.#provider?.awareness
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

  /** Ends it: the others see no caret of this page any more, and what is not stored yet is. */
  close(): void {
    this.#sync.stop()
    this.settle()
    const closed = this.#provider?.destroy() ?? Promise.resolve()
    void closed.finally(() => this.#document.destroy())
  }

  /** What is stored comes first: a page that had begun without it could make the first words twice. */
  async #begin(): Promise<void> {
    const { id, channel, thread } = this.#live
    const update = await loadDocument(id, TEXT, thread?.description ?? '')
    if (this.#sync.isStopped) return
    Y.applyUpdate(this.#document, update, this)
    this.#isEdited = false
    const provider = new CollaborationProvider(this.#document, {
      transport: channel.documentTransport(),
      load: async () => update,
      save: (state) => saveDocument(id, state),
    })
    provider.awareness.setLocalStateField('user', caretOf(this.#user))
    this.#provider = provider
    provider.subscribe(() => this.standing.set(provider.getSnapshot()))
    this.standing.set(provider.getSnapshot())
  }
}

/** How the others see where somebody edits. */
function caretOf({ id, name }: Person): Readonly<Record<string, string>> {
  const hue = hueOf(id)
  return { name, color: `hsl(${hue} 55% 42%)`, colorLight: `hsl(${hue} 60% 50% / 0.25)` }
}
