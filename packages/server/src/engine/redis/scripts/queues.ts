// Queues: a list each, oldest first; every item begins with the time at which it ends.
import { NOW } from './common.ts'

const DROP_ENDED = `
${NOW}
while true do
  local oldest = redis.call('LINDEX', KEYS[1], 0)
  if not oldest or tonumber(string.match(oldest, '^%d+')) > now then break end
  redis.call('LPOP', KEYS[1])
end
`

/**
 * Adds an item at the end.
 * KEYS: queue. ARGV: item, items kept, ms that each is kept.
 * Answers how many of the oldest went for it.
 */
export const queuePush = `${DROP_ENDED}
local max, kept = tonumber(ARGV[2]), tonumber(ARGV[3])
local over = redis.call('RPUSH', KEYS[1], string.format('%d ', now + kept) .. ARGV[1]) - max
if over > 0 then redis.call('LTRIM', KEYS[1], over, -1) end
redis.call('PEXPIRE', KEYS[1], kept)
return math.max(over, 0)`

/** Removes items. KEYS: queue. ARGV: how many. Answers them, oldest first, each behind its end and a space. */
export const queueTake = `${DROP_ENDED}
return redis.call('LPOP', KEYS[1], ARGV[1]) or {}`

/** KEYS: queue. ARGV: how many. Answers items, oldest first, each behind its end and a space. */
export const queuePeek = `${DROP_ENDED}
return redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)`

/** Removes items from the front that are these, in this order. KEYS: queue. ARGV: items. */
export const queueDrop = `${DROP_ENDED}
for _, item in ipairs(ARGV) do
  local oldest = redis.call('LINDEX', KEYS[1], 0)
  if not oldest then break end
  if string.sub(oldest, string.find(oldest, ' ', 1, true) + 1) == item then redis.call('LPOP', KEYS[1]) end
end
return 0`

/** KEYS: queue. Answers how many items wait. */
export const queueSize = `${DROP_ENDED}
return redis.call('LLEN', KEYS[1])`
