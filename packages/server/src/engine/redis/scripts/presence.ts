// The members of a channel. A hash holds each member once, with how many nodes hold the user; a sorted set holds, for each
// node, the users that it entered; another one holds when each node's lease ends.
import { NOW, RUN } from './common.ts'

// What is kept is only used when it is whole: a server that evicts keys one by one must not leave half a truth.
const OPEN = `
${NOW}
${RUN}
local holder, call = ARGV[3], tonumber(ARGV[4])
local fence = 'call ' .. holder
local place = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'offset', 'sizes', fence)
local epoch, offset = place[2], tonumber(place[3])
local function sizes()
  return string.format('%d %d %d', redis.call('HLEN', KEYS[2]), redis.call('ZCARD', KEYS[3]), redis.call('ZCARD', KEYS[4]))
end
if place[1] ~= run or place[4] ~= sizes() then
  epoch, offset = ARGV[1], 0
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
elseif call > 0 and call <= tonumber(place[5] or 0) then
  return {}
end
`

// A member is kept as: nodes that hold it, when its info was given, info.
const CHANGES = `
local micros = string.format('%d', time[1] * 1000000 + time[2])
local changes = {}
local function change(kind, user, info)
  changes[#changes + 1] = kind .. '[' .. user .. ',' .. info .. ']'
end
local function usersOf(node)
  return '[' .. node .. ' ', '(' .. node .. '!'
end

local function release(node, user)
  if redis.call('ZREM', KEYS[3], node .. ' ' .. user) == 0 then return end
  local nodes, rest = string.match(redis.call('HGET', KEYS[2], user), '^(%d+) (.*)$')
  if nodes == '1' then
    redis.call('HDEL', KEYS[2], user)
    change('l', user, string.match(rest, '^%d+ (.*)$'))
  else
    redis.call('HSET', KEYS[2], user, string.format('%d ', nodes - 1) .. rest)
  end
end

local function hold(user, info, given, restoring)
  local added = redis.call('ZADD', KEYS[3], 0, holder .. ' ' .. user)
  local member = redis.call('HGET', KEYS[2], user)
  if not member then
    change('j', user, info)
    redis.call('HSET', KEYS[2], user, '1 ' .. given .. ' ' .. info)
    return
  end
  local nodes, before, known = string.match(member, '^(%d+) (%d+) (.*)$')
  if restoring and tonumber(given) <= tonumber(before) then given, info = before, known end
  if info ~= known then change('u', user, info) end
  redis.call('HSET', KEYS[2], user, string.format('%d ', nodes + added) .. given .. ' ' .. info)
end
`

/**
 * Changes and reads the members of one channel, and lets those go whose node's lease has ended.
 * KEYS: place, members, users of nodes, leases, name of the changes.
 * ARGV: epoch if a new one is needed, ms that all is kept, node, number of the call or 0 when it only reads, ms of a lease,
 * how many users of dead nodes to let go at most, what else to answer ('members', 'users' of the node, or ''); then for each
 * wish its kind (enter, restore, leave), user and info as JSON, and when the info was given.
 * Calls of a node have rising numbers; one that comes late, behind a later one, does nothing and answers nothing.
 * Answers epoch, offset, the time in microseconds, how many users the node holds, 1 when there is more to let go, and what
 * else was asked for.
 */
export const presence = `${OPEN}${CHANGES}
local budget = tonumber(ARGV[6])
local more = 0
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now)) do
  if node ~= holder then
    local from, to = usersOf(node)
    local users = redis.call('ZRANGEBYLEX', KEYS[3], from, to, 'LIMIT', 0, budget)
    for _, entry in ipairs(users) do release(node, string.sub(entry, #node + 2)) end
    budget = budget - #users
    if budget == 0 then
      more = 1
      break
    end
    redis.call('ZREM', KEYS[4], node)
    redis.call('HDEL', KEYS[1], 'call ' .. node)
  end
end

for index = 8, #ARGV, 4 do
  local kind, user, info = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  if kind == 'leave' then
    release(holder, user)
  elseif kind == 'restore' then
    hold(user, info, ARGV[index + 3], true)
  else
    hold(user, info, micros, false)
  end
end

local from, to = usersOf(holder)
local held = redis.call('ZLEXCOUNT', KEYS[3], from, to)
if call > 0 and held > 0 then
  redis.call('ZADD', KEYS[4], now + tonumber(ARGV[5]), holder)
  redis.call('HSET', KEYS[1], fence, call)
elseif call > 0 then
  redis.call('ZREM', KEYS[4], holder)
  redis.call('HDEL', KEYS[1], fence)
end

local first = offset + 1
offset = offset + #changes
redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'offset', offset, 'sizes', sizes())
for index = 1, 4 do redis.call('PEXPIRE', KEYS[index], ARGV[2]) end
if #changes > 0 then
  redis.call('SPUBLISH', KEYS[5], string.format('%s %d\\n', epoch, first) .. table.concat(changes, '\\n'))
end

local asked = {}
if ARGV[7] == 'members' then asked = redis.call('HGETALL', KEYS[2]) end
if ARGV[7] == 'users' then asked = redis.call('ZRANGEBYLEX', KEYS[3], from, to) end
return { epoch, offset, micros, held, more, asked }`
