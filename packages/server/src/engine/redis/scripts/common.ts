// What several scripts begin with.

/** `time`, and `now` in milliseconds: Redis' own, the same for all nodes. */
export const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/**
 * `run`, new with every start of a server. A place is only as good as the memory of the server that holds it: one that was
 * restarted, or promoted from a replica, may have forgotten what others saw, so it never goes on with an epoch of before.
 */
export const RUN = `local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')`
