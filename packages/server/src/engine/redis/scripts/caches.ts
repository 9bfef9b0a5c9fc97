// Caches: a value each, which Redis itself forgets after its time, or earlier when its memory ends.

/** KEYS: value. Answers the value or null. */
export const cacheGet = `return redis.call('GET', KEYS[1])`

/** KEYS: value. ARGV: value, ms that it is kept. */
export const cacheSet = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`

/** KEYS: value. */
export const cacheDelete = `return redis.call('DEL', KEYS[1])`
