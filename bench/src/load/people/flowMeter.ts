// Counts what came to clients since it was begun.
import type { Flow } from '../../processes/peopleContract.ts'
import type { CommandLink } from '../commandLink.ts'

/** Measures what comes to some clients. */
export class FlowMeter {
  readonly #links: readonly CommandLink[]
  readonly #startedAt = performance.now()
  readonly #framesBefore: number
  readonly #bytesBefore: number

  constructor(links: readonly CommandLink[]) {
    this.#links = links
    this.#framesBefore = sum(links, 'frames')
    this.#bytesBefore = sum(links, 'bytes')
  }

  /** What came until now. @param later clients that came after the beginning */
  read(later: readonly CommandLink[] = []): Flow {
    return {
      ms: performance.now() - this.#startedAt,
      frames: sum(this.#links, 'frames') + sum(later, 'frames') - this.#framesBefore,
      bytes: sum(this.#links, 'bytes') + sum(later, 'bytes') - this.#bytesBefore,
    }
  }
}

const sum = (links: readonly CommandLink[], key: 'frames' | 'bytes'): number =>
  links.reduce((total, link) => total + link[key], 0)
