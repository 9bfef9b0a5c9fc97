// Arrow keys, Home and End move the focus through a list of elements.
import type { KeyboardEvent } from 'react'

/** Moves the focus among the elements that match `selector` inside the element with the handler. */
export function moveFocus(event: KeyboardEvent<HTMLElement>, selector: string): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)]
  const at = rows.findIndex((row) => row.contains(document.activeElement))
  const target = targetOf(event.key, at, rows.length - 1)
  const row = target === undefined ? undefined : rows[target]
  if (row === undefined) return
  event.preventDefault()
  row.focus()
}

function targetOf(key: string, at: number, last: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(at + 1, last)
  if (key === 'ArrowUp') return at < 0 ? last : Math.max(at - 1, 0)
  if (key === 'Home') return 0
  if (key === 'End') return last
  return undefined
}
