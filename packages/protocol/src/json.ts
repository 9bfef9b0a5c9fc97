// Depth-checked JSON: the parser itself has no depth limit that we control.
import type { Json } from './envelope.ts'
import { isText } from './names.ts'

/**
 * True when no value of `value` is nested deeper than `maxDepth` arrays or objects.
 * Recursion is bounded by `maxDepth`, whatever the input.
 */
export function withinDepth(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (maxDepth === 0) return false
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (!withinDepth(inner, maxDepth - 1)) return false
  }
  return true
}

/** True when all text within `value`, names of fields included, can be stored. Its depth must have been checked. */
export function holdsText(value: Json): boolean {
  if (typeof value === 'string') return isText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, inner]) => isText(name) && holdsText(inner))
}

/** True for a plain JSON object (not an array, not null). */
export function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
