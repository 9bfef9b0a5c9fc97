// Switches between light and dark.
import { Moon, Sun } from 'lucide-react'
import { useLive } from '../live/useLive.ts'
import { IconButton } from './IconButton.tsx'
import { appearance, toggleAppearance } from './theme.ts'

/** Switches between light and dark. */
export function ThemeToggle() {
  const dark = useLive(appearance) === 'dark'
  return (
    <IconButton
      icon={dark ? Sun : Moon}
      label={dark ? 'Switch to the light theme' : 'Switch to the dark theme'}
      onClick={toggleAppearance}
    />
  )
}
