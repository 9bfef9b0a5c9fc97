// Limits: a list of the moments at which units were taken, oldest first.
import { NOW } from './common.ts'

/**
 * Takes units, when they are all left.
 * KEYS: log. ARGV: units in a window, its ms, units to take.
 * Answers 1 and how many are left, or 0 and the ms until the same attempt can succeed.
 */
export const takeLimit = `
${NOW}
local count, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
while true do
  local oldest = redis.call('LINDEX', KEYS[1], 0)
  if not oldest or tonumber(oldest) + window > now then break end
  redis.call('LPOP', KEYS[1])
end
local used = redis.call('LLEN', KEYS[1])
if used + cost > count then
  local freeing = redis.call('LINDEX', KEYS[1], used + cost - count - 1)
  return { 0, math.max(1, (tonumber(freeing) or now) + window - now) }
end
if cost > 0 then
  -- Time may have gone back with another server; the log stays in order.
  local at = math.max(now, tonumber(redis.call('LINDEX', KEYS[1], -1)) or 0)
  for _ = 1, cost do redis.call('RPUSH', KEYS[1], string.format('%d', at)) end
  redis.call('PEXPIRE', KEYS[1], at + window - now)
end
return { 1, count - used - cost }`
