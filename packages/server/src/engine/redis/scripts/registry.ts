// The nodes that live: a hash of reports, each with the time at which its lease ends.
import { NOW } from './common.ts'

/**
 * Keeps a node's report, or forgets it when there is none, lets go of those whose lease has ended, and answers all others.
 * KEYS: reports. ARGV: node, ms of its lease, report or ''.
 */
export const registry = `
${NOW}
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d ', now + tonumber(ARGV[2])) .. ARGV[3])
  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]) * 2)
end
local reports = {}
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local ends, report = string.match(all[index + 1], '^(%d+) (.*)$')
  if tonumber(ends) > now then reports[#reports + 1] = report else redis.call('HDEL', KEYS[1], all[index]) end
end
return reports`
