// Patterns of channel names: `:name` matches a part and names it, `*` matches the rest.

/** A compiled pattern. */
export interface Pattern {
  /** The named parts when `channel` matches, else undefined. */
  match(channel: string): Readonly<Record<string, string>> | undefined
}

const special = /[.*+?^${}()|[\]\\/-]/g

/**
 * Compiles a pattern such as `private-org-:org` or `ticker-*`.
 * A named part matches one or more characters up to what follows it; a trailing one may contain anything.
 */
export function compilePattern(pattern: string): Pattern {
  const names: string[] = []
  let source = ''
  for (const piece of pattern.split(/(:[A-Za-z_][A-Za-z0-9_]*|\*)/)) {
    if (piece === '*') source += '.*'
    else if (piece.startsWith(':') && piece.length > 1) {
      names.push(piece.slice(1))
      source += '(.+?)'
    } else source += piece.replace(special, '\\$&')
  }
  const expression = new RegExp(`^${source}$`)
  return {
    match(channel) {
      const found = expression.exec(channel)
      if (found === null) return undefined
      return Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))
    },
  }
}
