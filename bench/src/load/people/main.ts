// The process that plays people, under the parent's control.
import { answerCalls } from '../../processes/answer.ts'
import type { PeopleProcess } from '../../processes/peopleContract.ts'
import { Present } from './present.ts'
import { Talkers } from './talkers.ts'
import { typeFor } from './typists.ts'

let present: Present | undefined
const talkers = new Talkers()

const methods: PeopleProcess = {
  join(options) {
    present = new Present(options)
    return present.join()
  },
  async leave() {
    if (present === undefined) throw new Error('nobody is there')
    return present.leave()
  },
  type: typeFor,
  gather: (options) => talkers.gather(options),
  talk: (options) => talkers.talk(options),
}

answerCalls(methods, async () => {})
