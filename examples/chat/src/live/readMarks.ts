// How far each conversation has been read in this browser. Kept in localStorage, shared between tabs.
const MAX_MARKS = 500

/** How far each conversation has been read: an external store of offsets by conversation id. */
export type ReadMarks = {
  subscribe(listener: () => void): () => void
  getSnapshot(): Readonly<Record<string, number>>
  /** Everything up to `offset` has been read. */
  mark(conversation: string, offset: number): void
  /** Stops listening to other tabs. */
  close(): void
}

function parse(text: string | null): Record<string, number> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    )
  } catch {
    return {}
  }
}

/** The read marks of a user in this browser. */
export function createReadMarks(userId: string): ReadMarks {
  const key = `nowcast.chat.read.${userId}`
  const listeners = new Set<() => void>()
  let marks = parse(localStorage.getItem(key))
  const notify = () => {
    for (const listener of listeners) listener()
  }
  const heard = (event: StorageEvent) => {
    if (event.key !== key) return
    marks = parse(event.newValue)
    notify()
  }
  addEventListener('storage', heard)
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    getSnapshot: () => marks,
    mark(conversation, offset) {
      if ((marks[conversation] ?? 0) >= offset) return
      const { [conversation]: _moved, ...others } = marks
      marks = Object.fromEntries([...Object.entries(others).slice(1 - MAX_MARKS), [conversation, offset]])
      localStorage.setItem(key, JSON.stringify(marks))
      notify()
    },
    close: () => removeEventListener('storage', heard),
  }
}
