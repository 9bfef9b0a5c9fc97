// Which node works on what: all come to the same answer from the names of those that live, without asking each other.
import { createHash } from 'node:crypto'

/** The nodes by how much a piece of work is theirs, first the one whose it is: few pieces move when a node comes or goes. */
export function rankNodes(nodes: readonly string[], work: string): readonly string[] {
  const scored = nodes.map((node) => ({ node, score: scoreOf(node, work) }))
  scored.sort((one, other) => (one.score > other.score ? -1 : 1))
  return scored.map(({ node }) => node)
}

/** The node whose a piece of work is; undefined without nodes. */
export function nodeFor(nodes: readonly string[], work: string): string | undefined {
  let best: string | undefined
  let highest = ''
  for (const node of nodes) {
    const score = scoreOf(node, work)
    if (score <= highest) continue
    highest = score
    best = node
  }
  return best
}

const scoreOf = (node: string, work: string): string =>
  createHash('sha256').update(`${node}\n${work}`).digest('hex')
