// What the bench's processes ask of one another. Each contract is a set of methods, called over the IPC channel.

/** Who takes part. */
export type ContestantName = 'floor' | 'ws' | 'socket.io' | 'nowcast'

/** CPU time and memory of a process. */
export interface Usage {
  /** User and system time since the process began, in microseconds. */
  readonly cpuMicros: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
}

/** How events are offered. */
export interface Workload {
  /** Events per second. */
  readonly rate: number
  /** Events that become due together: 1 spreads them evenly, 10 offers ten at a time. */
  readonly burst: number
}

/** What a run of events came to. */
export interface RunResult {
  /** Events that the rate asked for. */
  readonly due: number
  /** Events handed to the contestant; fewer than `due` when it can't keep up. */
  readonly published: number
}

/** A contestant's process. */
export type ServerProcess = {
  /** Starts to listen on 127.0.0.1. `dataDir`: where it may keep files. */
  listen(options: { readonly dataDir: string }): Promise<{ readonly port: number }>
  /** Broadcasts to everybody for `seconds`. */
  run(options: Workload & { readonly seconds: number }): Promise<RunResult>
  /** Publishes `count` events on each channel at once. */
  publish(options: { readonly channels: readonly string[]; readonly count: number }): Promise<void>
  /** CPU and memory so far. `collect`: after a full garbage collection. */
  usage(options: { readonly collect: boolean }): Promise<Usage>
  /** Connections that the server holds. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** Latency in milliseconds. */
export interface Latency {
  readonly samples: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What subscribers received since the last reset. */
export interface Received {
  readonly events: number
  readonly bytes: number
  /** From the reset to the last event, in milliseconds. */
  readonly lastEventMs: number
  readonly latency: Latency
  /** CPU time of the load process since the reset, in microseconds. */
  readonly cpuMicros: number
  /** Connections that ended without being asked to. */
  readonly lost: number
}

/** How subscribers connect. */
export interface OpenOptions {
  readonly contestant: ContestantName
  readonly port: number
  readonly connections: number
  /** Connections being established at the same time. */
  readonly concurrency: number
  /** Channels to spread the connections over, one each; empty: connect alone. */
  readonly channels: readonly string[]
  /** One connection of so many samples latency. */
  readonly sampleEvery: number
}

/** How senders send durable messages. */
export interface SendOptions {
  readonly port: number
  readonly senders: number
  readonly conversations: number
  readonly seconds: number
  /**
   * `closed`: every sender keeps `window` messages in flight. `open`: `rate` messages a second in all, sent when due
   * whatever is still unanswered.
   */
  readonly loop:
    | { readonly kind: 'closed'; readonly window: number }
    | { readonly kind: 'open'; readonly rate: number }
}

/** What senders measured. */
export interface Sent {
  readonly acknowledged: number
  readonly refused: number
  /** The first refusal, for the report. */
  readonly firstRefusal?: string
  readonly perSecond: number
  /** From sending (closed loop) or from when it was due (open loop) to the acknowledgement. */
  readonly latency: Latency
  readonly cpuMicros: number
}

/** How a crowd comes back. */
export interface Recovered {
  /** From the first connection attempt to the moment when the last client had what it missed. */
  readonly lastMs: number
  /** When half of them had. */
  readonly p50Ms: number
  readonly clients: number
  readonly cpuMicros: number
}

/** The load process. */
export type LoadProcess = {
  open(options: OpenOptions): Promise<{ readonly ms: number }>
  reset(): Promise<void>
  received(): Promise<Received>
  /** Cuts all connections at once, without goodbye. */
  cut(): Promise<void>
  /** Connects everybody anew, from the last place, and checks that each receives exactly what it missed. */
  recover(options: { readonly missed: number }): Promise<Recovered>
  send(options: SendOptions): Promise<Sent>
}
