// Handlers of the commands about how users are.
import { type Handlers, nothing } from './handler.ts'

/** Handlers of the commands about how users are. */
export const peopleHandlers = {
  'people.watch': async ({ people }, connection, { users }) => {
    await people.watch(connection, users)
    return nothing
  },
  'people.unwatch': ({ people }, connection, { users }) => {
    people.unwatch(connection, users)
    return nothing
  },
  'people.status': async ({ people }, connection, command) => {
    await people.setStatus(connection, command)
    return nothing
  },
} satisfies Partial<Handlers>
