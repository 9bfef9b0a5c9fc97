// Caches: a value each, which Redis itself forgets after its time, or earlier when its memory ends.

/** KEYS: value. Answers the value or null. */
export const cacheGet = `return redis.call('GET', KEYS[1])`

/** KEYS: value. ARGV: value, ms that it is kept. */
export const cacheSet = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`

/** KEYS: value. ARGV: value as encodePlaced has it, ms that it is kept, offset, epoch. */
export const cacheSetNewest = `
local kept = redis.call('GET', KEYS[1])
if kept then
  local offset, epoch = string.match(kept, '^(%d+):([^:]*):')
  if epoch == ARGV[4] and tonumber(offset) > tonumber(ARGV[3]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** KEYS: value. */
export const cacheDelete = `return redis.call('DEL', KEYS[1])`
