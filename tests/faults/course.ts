// How long a fault test runs, which seed it draws from, and its patience.

/** Minutes in which faults strike. */
export const MINUTES = Number(process.env.NOWCAST_FAULT_MINUTES ?? '0.4')
/** What all decisions are drawn from. */
export const SEED = Number(process.env.NOWCAST_FAULT_SEED ?? '1')
/** How long everything may take to heal by itself once the last fault is over. */
export const HEAL_MS = 60_000
/** What a fault test may take in all. */
export const TIMEOUT_MS = MINUTES * 60_000 + 5 * HEAL_MS

/** Decisions about faults have a source of their own, so that a seed strikes the same way however fast the traffic is. */
export const FATE_SEED = SEED + 1_000_000

/** Waits until something holds. @throws Error naming what was waited for in vain */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  patienceMs = HEAL_MS,
): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`Waited in vain for ${typeof what === 'string' ? what : what()}.`)
    await pause(20)
  }
}

/** The pace of the test's own traffic and polling; no assertion depends on it. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
