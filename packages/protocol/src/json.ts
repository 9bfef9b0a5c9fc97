// Depth-checked JSON: the parser itself has no depth limit that we control.
import type { Json } from './envelope.ts'

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

/** True for a plain JSON object (not an array, not null). */
export function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
