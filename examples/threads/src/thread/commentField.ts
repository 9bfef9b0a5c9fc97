// What writing and editing comments have in common.
import type { KeyboardEvent } from 'react'

/** Longest comment, in UTF-16 units. */
export const MAX_COMMENT = 4_000

/** True for Ctrl+Enter and ⌘+Enter. */
export const isSendKey = ({ key, ctrlKey, metaKey, nativeEvent }: KeyboardEvent): boolean =>
  key === 'Enter' && (ctrlKey || metaKey) && !nativeEvent.isComposing
