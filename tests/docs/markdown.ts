// What the tests of the documentation read from Markdown: tables, links and the anchors of headings.

const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '')

/** Cells of the rows of the first table below a heading. */
export function tableRows(text: string, heading: string): readonly (readonly string[])[] {
  const below = text.slice(text.search(new RegExp(`^#+ ${heading}$`, 'm')))
  const table = /^\|.*\n\|[ |-]+\n((?:\|.*\n)+)/m.exec(below)?.[1] ?? ''
  const toCells = (line: string) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  return table.trim().split('\n').map(toCells)
}

/** Targets of links and pictures within the repository. */
export function linksOf(text: string): readonly string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
      .replaceAll(' ', '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}
