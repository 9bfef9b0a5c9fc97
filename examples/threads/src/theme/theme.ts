// Light or dark: the system's preference, until the person chooses the other one in this browser.
const STORAGE_KEY = 'threads.theme'

/** How the page looks. */
export type Appearance = 'light' | 'dark'

const systemDark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

const system = (): Appearance => (systemDark.matches ? 'dark' : 'light')

function chosen(): Appearance | undefined {
  const value = localStorage.getItem(STORAGE_KEY)
  return value === 'light' || value === 'dark' ? value : undefined
}

function apply(): void {
  const choice = chosen()
  if (choice === undefined) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
  for (const listener of listeners) listener()
}

/** Starts to follow the choice and the system. Call once, before the first paint. */
export function startTheme(): void {
  systemDark.addEventListener('change', apply)
  apply()
}

/** The current appearance as an external store. */
export const appearance = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  getSnapshot: (): Appearance => chosen() ?? system(),
}

/** Switches to the other appearance; choosing what the system has follows the system again. */
export function toggleAppearance(): void {
  const next: Appearance = appearance.getSnapshot() === 'dark' ? 'light' : 'dark'
  if (next === system()) localStorage.removeItem(STORAGE_KEY)
  else localStorage.setItem(STORAGE_KEY, next)
  apply()
}
