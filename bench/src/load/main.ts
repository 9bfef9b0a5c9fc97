// The load process: subscribers and senders, under the parent's control.
import { answerCalls } from '../processes/answer.ts'
import type { LoadProcess } from '../processes/contracts.ts'
import { comeBack } from './comeback.ts'
import { Crowd } from './crowd.ts'
import type { RawLink } from './rawLink.ts'
import { sendMessages } from './sending.ts'
import { Slices } from './slices.ts'
import { triggerEvents } from './triggering.ts'

/** Short against the latencies that matter, long against the time that a wake-up costs. */
const SLICE_MS = 1

const slices = new Slices(SLICE_MS)

let crowd: Crowd | undefined
let returned: RawLink[] = []

function present(): Crowd {
  if (crowd === undefined) throw new Error('no connections are open')
  return crowd
}

const methods: LoadProcess = {
  async open(options) {
    const startedAt = performance.now()
    crowd = new Crowd(options)
    await crowd.open()
    if (options.eager !== true) slices.start()
    return { ms: performance.now() - startedAt }
  },
  reset: async () => present().reset(),
  received: async () => present().received(),
  arrivedEverywhere: async () => present().arrivedEverywhere(),
  async cut() {
    slices.stop()
    present().cut()
    for (const link of returned) link.cut()
    returned = []
  },
  async recover(options) {
    const { links, recovered } = await comeBack(present(), options)
    returned = links
    return recovered
  },
  send: sendMessages,
  trigger: triggerEvents,
}

answerCalls(methods, async () => {})
