// What a simulated Redis keeps, and the engine's scripts as they change it: a model of engine/redis/scripts.ts, line by line.
import type { RedisReply } from '../engine/redis/link.ts'
import type { ScriptName } from '../engine/redis/scripts/scripts.ts'

interface Place {
  readonly run: string
  readonly epoch: string
  readonly offset: number
  readonly size: number
  readonly ttl: number
  readonly turn?: number
}

interface Kept {
  readonly offset: number
  readonly time: number
  readonly body: string
}

interface Key<T> {
  value: T
  expiresAt: number
}

/** What a script did besides answering. */
export interface ScriptEffects {
  publish(name: string, message: string): void
  /** An event got its place. */
  placed(place: string, epoch: string, offset: number, body: string, time: number): void
}

/** The keys of one server. */
export class RedisMemory {
  readonly #places = new Map<string, Key<Place>>()
  readonly #histories = new Map<string, Key<readonly Kept[]>>()
  readonly #ids = new Map<string, Key<Map<string, string>>>()

  /** The same content, as a replica or a snapshot holds it. */
  copy(): RedisMemory {
    const copied = new RedisMemory()
    for (const [key, kept] of this.#places) copied.#places.set(key, { ...kept })
    for (const [key, kept] of this.#histories) copied.#histories.set(key, { ...kept })
    for (const [key, { value, expiresAt }] of this.#ids)
      copied.#ids.set(key, { value: new Map(value), expiresAt })
    return copied
  }

  /** Where a channel stands, for those who look from outside. */
  place(key: string): { readonly epoch: string; readonly offset: number; readonly run: string } | undefined {
    return this.#places.get(key)?.value
  }

  /** Runs a script at `now` on the server that started as `run`. */
  run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
    run: string,
    now: number,
    effects: ScriptEffects,
  ): RedisReply {
    if (script !== 'publish' && script !== 'read') throw new Error(`The script "${script}" is not simulated.`)
    const place = this.#openPlace(keys, String(args[0]), run, now)
    return script === 'publish'
      ? this.#publish(place, keys, args, now, effects)
      : this.#read(place, keys, args, now)
  }

  #openPlace([placeKey = '', historyKey = '']: readonly string[], epoch: string, run: string, now: number) {
    const found = live(this.#places, placeKey, now)
    if (found !== undefined && found.value.run === run) return found.value
    this.#histories.delete(historyKey)
    const { turn } = found?.value ?? {}
    const place: Place = { run, epoch, offset: 0, size: 0, ttl: 0, ...(turn === undefined ? {} : { turn }) }
    this.#places.set(placeKey, { value: place, expiresAt: found?.expiresAt ?? Infinity })
    // The script goes on with what it read: size and ttl of before.
    return { ...place, size: found?.value.size ?? 0, ttl: found?.value.ttl ?? 0 }
  }

  #publish(
    place: Place,
    keys: readonly string[],
    args: readonly (string | number)[],
    now: number,
    effects: ScriptEffects,
  ): RedisReply {
    const [placeKey = '', historyKey = '', ids0 = '', ids1 = '', eventsKey = ''] = keys
    const [, placeKept, origin, size, ttl, window] = args.map((arg, index) =>
      index === 2 ? arg : Number(arg),
    )
    const [sizeKept, ttlMs, windowMs] = [Number(size), Number(ttl), Number(window)]
    const turn = Math.floor(now / windowMs)
    const [current, previous] = turn % 2 === 0 ? [ids0, ids1] : [ids1, ids0]
    const last = place.turn ?? turn
    if (last !== turn) {
      this.#ids.delete(current)
      if (turn - last !== 1) this.#ids.delete(previous)
    }
    const answers: RedisReply[] = [place.epoch, now]
    const lines: string[] = []
    let { offset } = place
    for (let index = 6; index < args.length; index += 3) {
      const [id = '', fingerprint = '', body = ''] = args.slice(index, index + 3).map(String)
      const accepted =
        live(this.#ids, current, now)?.value.get(id) ?? live(this.#ids, previous, now)?.value.get(id)
      if (accepted !== undefined) {
        const same = accepted.startsWith(fingerprint)
        answers.push(same ? accepted.slice(fingerprint.length + 1) : 'conflict')
        continue
      }
      offset += 1
      if (sizeKept > 0) {
        const history = live(this.#histories, historyKey, now)
        const kept = [...(history?.value ?? []), { offset, time: now, body }]
        this.#histories.set(historyKey, { value: kept, expiresAt: history?.expiresAt ?? Infinity })
      }
      const remembered = live(this.#ids, current, now) ?? { value: new Map(), expiresAt: Infinity }
      remembered.value.set(id, `${fingerprint} ${place.epoch} ${offset} ${now}`)
      this.#ids.set(current, remembered)
      answers.push(offset)
      lines.push(`${offset} ${body}`)
      effects.placed(placeKey, place.epoch, offset, body, now)
    }
    if (lines.length > 0) {
      const value: Place = { ...place, offset, size: sizeKept, ttl: ttlMs, turn }
      this.#places.set(placeKey, { value, expiresAt: now + Number(placeKept) + ttlMs })
      const remembered = this.#ids.get(current)
      if (remembered !== undefined) remembered.expiresAt = now + windowMs * 2
      const history = this.#histories.get(historyKey)
      if (sizeKept > 0 && history !== undefined) history.expiresAt = now + ttlMs
      effects.publish(eventsKey, `${place.epoch} ${now} ${origin}\n${lines.join('\n')}`)
    }
    return answers
  }

  #read(
    { epoch, offset, size, ttl }: Place,
    [placeKey = '', historyKey = '']: readonly string[],
    args: readonly (string | number)[],
    now: number,
  ): RedisReply {
    const place = this.#places.get(placeKey)
    if (place !== undefined) place.expiresAt = now + Number(args[1]) + ttl
    const answers: RedisReply[] = [epoch, offset]
    const count = Number(args[4])
    if (count === 0 || size === 0) return answers
    const oldest = Math.max(offset - size + 1, 1)
    const bound = Number(args[3])
    const kept = live(this.#histories, historyKey, now)?.value ?? []
    const found =
      args[2] === 'after'
        ? kept.filter((entry) => entry.offset >= Math.max(bound + 1, oldest)).slice(0, count + 1)
        : kept
            .filter((entry) => entry.offset >= oldest && (bound === 0 || entry.offset < bound))
            .reverse()
            .slice(0, count + 1)
    for (const entry of found) {
      if (entry.time + ttl > now) answers.push(entry.offset, entry.time, entry.body)
    }
    return answers
  }
}

function live<T>(keys: Map<string, Key<T>>, name: string, now: number): Key<T> | undefined {
  const key = keys.get(name)
  return key !== undefined && key.expiresAt > now ? key : undefined
}
