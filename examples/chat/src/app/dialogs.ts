// Which dialog is open, at most one at a time.
import { createContext, use } from 'react'

/** A dialog of the shell, with what it needs to know. */
export type OpenDialog =
  | { readonly kind: 'search' }
  | { readonly kind: 'create' }
  | { readonly kind: 'browse' }
  | { readonly kind: 'direct' }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'status' }
  | { readonly kind: 'health' }
  | { readonly kind: 'invite'; readonly id: string; readonly title: string }
  | { readonly kind: 'settings'; readonly id: string }

const DialogContext = createContext<(dialog: OpenDialog) => void>(() => {})

/** Gives the screens below it the function that opens a dialog. */
export const DialogProvider = DialogContext.Provider

/** The function that opens a dialog. */
export const useOpenDialog = (): ((dialog: OpenDialog) => void) => use(DialogContext)
