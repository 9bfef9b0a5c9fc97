// Publishing on a channel and reading its past.
import { NOW, RUN } from './common.ts'

const OPEN_PLACE = `
${NOW}
${RUN}
local place = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'offset', 'size', 'ttl', 'turn')
local epoch, offset = place[2], tonumber(place[3])
local size, ttl = tonumber(place[4] or 0), tonumber(place[5] or 0)
if place[1] ~= run then
  epoch, offset = ARGV[1], 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'offset', 0, 'size', 0, 'ttl', 0)
end
local kept = tonumber(ARGV[2])
`

/**
 * Publishes events on one channel: gives them their places, keeps them, remembers their ids, and sends them out in one
 * message.
 * KEYS: place, history, ids 0, ids 1, events.
 * ARGV: epoch if a new one is needed, ms that a place is kept, origin, history's size, its ttl in ms, ms that ids are
 * remembered; then for each event its id, fingerprint and body.
 * Answers epoch, time, and for each event its offset, or what was accepted under its id before, or 'conflict'.
 */
export const publish = `${OPEN_PLACE}
size, ttl = tonumber(ARGV[4]), tonumber(ARGV[5])
local window = tonumber(ARGV[6])

-- Ids go into two hashes in turns of the window's length; the one of the turn before last is let go whole.
local turn = math.floor(now / window)
local current, previous = KEYS[3 + turn % 2], KEYS[3 + (turn + 1) % 2]
local last = tonumber(place[6] or turn)
if last ~= turn then
  redis.call('DEL', current)
  if turn - last ~= 1 then redis.call('DEL', previous) end
end

local answers = { epoch, now }
local lines = {}
for index = 7, #ARGV, 3 do
  local id, fingerprint, body = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local accepted = redis.call('HGET', current, id) or redis.call('HGET', previous, id)
  if accepted then
    local same = string.sub(accepted, 1, #fingerprint) == fingerprint
    answers[#answers + 1] = same and string.sub(accepted, #fingerprint + 2) or 'conflict'
  else
    offset = offset + 1
    if size > 0 then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', size, string.format('%d-0', offset), 'time', now, 'body', body)
    end
    redis.call('HSET', current, id, string.format('%s %s %d %d', fingerprint, epoch, offset, now))
    answers[#answers + 1] = offset
    lines[#lines + 1] = string.format('%d ', offset) .. body
  end
end

if #lines > 0 then
  redis.call('HSET', KEYS[1], 'offset', offset, 'size', size, 'ttl', ttl, 'turn', turn)
  redis.call('PEXPIRE', KEYS[1], kept + ttl)
  redis.call('PEXPIRE', current, window * 2)
  if size > 0 then redis.call('PEXPIRE', KEYS[2], ttl) end
  local head = string.format('%s %d %s\\n', epoch, now, ARGV[3])
  redis.call('SPUBLISH', KEYS[5], head .. table.concat(lines, '\\n'))
end
return answers`

/**
 * Reads a channel's history, and keeps its place from being forgotten.
 * KEYS: place, history.
 * ARGV: epoch if a new one is needed, ms that a place is kept, 'after' or 'before', the offset, how many.
 * Answers epoch, offset, and for each publication its offset, time and body; one more than asked for when there is more.
 */
export const read = `${OPEN_PLACE}
redis.call('PEXPIRE', KEYS[1], kept + ttl)
local answers = { epoch, offset }
local count = tonumber(ARGV[5])
if count == 0 or size == 0 then return answers end
local oldest = math.max(offset - size + 1, 1)
local bound = tonumber(ARGV[4])
local found
if ARGV[3] == 'after' then
  local from = string.format('%d-0', math.max(bound + 1, oldest))
  found = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', count + 1)
else
  local to = bound > 0 and string.format('%d-0', bound - 1) or '+'
  found = redis.call('XREVRANGE', KEYS[2], to, string.format('%d-0', oldest), 'COUNT', count + 1)
end
for _, entry in ipairs(found) do
  local fields = entry[2]
  if tonumber(fields[2]) + ttl > now then
    answers[#answers + 1] = tonumber(string.match(entry[1], '^%d+'))
    answers[#answers + 1] = tonumber(fields[2])
    answers[#answers + 1] = fields[4]
  end
end
return answers`
