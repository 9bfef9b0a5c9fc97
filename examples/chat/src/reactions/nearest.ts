// Moving through a grid with arrow keys: by where things stand on screen, so that rows of different lengths work.

/** The element that an arrow key leads to from `current`; the first one when `current` is none of them. */
export function nearest<E extends Element>(
  elements: readonly E[],
  current: E | undefined,
  key: string,
): E | undefined {
  const at = current === undefined ? -1 : elements.indexOf(current)
  if (!key.startsWith('Arrow')) return undefined
  if (at < 0) return key === 'ArrowDown' ? elements[0] : undefined
  if (key === 'ArrowLeft' || key === 'ArrowRight') return elements[at + (key === 'ArrowLeft' ? -1 : 1)]
  const from = elements[at]?.getBoundingClientRect()
  if (from === undefined) return undefined
  const down = key === 'ArrowDown'
  let best: { readonly element: E; readonly distance: number } | undefined
  for (const element of elements) {
    const { top, left } = element.getBoundingClientRect()
    const rows = down ? top - from.top : from.top - top
    if (rows < 1) continue
    // The next row counts for more than the column.
    const distance = rows * 100 + Math.abs(left - from.left)
    if (best === undefined || distance < best.distance) best = { element, distance }
  }
  return best?.element
}
