// Switches between light and dark.
import { Moon, Sun } from 'lucide-react'
import { IconButton } from './IconButton.tsx'
import { appearance, toggleAppearance } from './theme.ts'
import { useStore } from './useStore.ts'

/** Switches between light and dark. */
export function ThemeToggle() {
  const dark = useStore(appearance) === 'dark'
  return (
    <IconButton
      icon={dark ? Sun : Moon}
      label={dark ? 'Switch to the light theme' : 'Switch to the dark theme'}
      onClick={toggleAppearance}
    />
  )
}
