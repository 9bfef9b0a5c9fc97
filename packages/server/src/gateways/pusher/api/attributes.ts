// What a backend can ask about channels.
import { type Json, NowcastError } from '@nowcast/protocol'

/** What can be asked for, by its name in `info`. */
export type Attribute = 'user_count' | 'subscription_count' | 'cache'

/**
 * The attributes that `info` names, separated by commas.
 * @param available those that can be asked for here
 * @throws NowcastError `invalid_command`
 */
export function parseAttributes(info: Json, available: readonly Attribute[]): readonly Attribute[] {
  if (typeof info !== 'string') throw invalid('info must be names of attributes, separated by commas')
  const asked: Attribute[] = []
  for (const name of info.split(',')) {
    if (name.trim() === '') continue
    const attribute = available.find((known) => known === name.trim())
    if (attribute === undefined) {
      throw invalid(`info can have ${available.join(', ')}; not ${JSON.stringify(name).slice(0, 100)}`)
    }
    if (!asked.includes(attribute)) asked.push(attribute)
  }
  return asked
}

const invalid = (message: string) => new NowcastError('invalid_command', message)
