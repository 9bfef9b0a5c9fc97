// What the bench's processes ask of one another. Each contract is a set of methods, called over the IPC channel.

/** Who takes part. `pusher` is Nowcast too, spoken to in Pusher's protocol; `http` answers requests and does nothing else. */
export type ContestantName = 'floor' | 'ws' | 'socket.io' | 'nowcast' | 'pusher' | 'http'

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

/** Socket.IO's ways over Redis. */
export type SocketioAdapter = 'classic' | 'sharded' | 'streams'

/** What the nodes of a cluster share. */
export interface SharedServices {
  readonly redisUrl: string
  readonly databaseUrl: string
  /** Socket.IO's way to the other nodes. */
  readonly adapter?: SocketioAdapter
}

/** Where and how a contestant starts. */
export interface ListenOptions {
  /** Where it may keep files. */
  readonly dataDir: string
  /** It is one of several nodes on these; absent: it is alone. */
  readonly shared?: SharedServices
}

/** How events are published as fast as it goes. */
export interface FloodOptions {
  /** Taken in turns. */
  readonly channels: readonly string[]
  readonly seconds: number
  /** Events that may be under way at a time. */
  readonly window: number
}

/** A contestant's process. */
export type ServerProcess = {
  /** Starts to listen on 127.0.0.1. */
  listen(options: ListenOptions): Promise<{ readonly port: number }>
  /** Publishes for `seconds`, on the channels in turn; without channels, on the one that everybody listens to. */
  run(
    options: Workload & { readonly seconds: number; readonly channels?: readonly string[] },
  ): Promise<RunResult>
  /** Publishes as fast as the window allows. */
  flood(options: FloodOptions): Promise<{ readonly published: number }>
  /** Tells a flooding contestant that does not learn it itself how many of the flood's events have arrived. */
  arrived(options: { readonly count: number }): Promise<void>
  /** Publishes `count` events on each channel at once. */
  publish(options: { readonly channels: readonly string[]; readonly count: number }): Promise<void>
  /** CPU and memory so far. `collect`: after a full garbage collection. */
  usage(options: { readonly collect: boolean }): Promise<Usage>
  /** Connections that the server holds. */
  connections(): Promise<number>
  /** Tells about every connection of this node what members of a channel tell about themselves. */
  describe(): Promise<void>
  /** Reads everybody on the bench's channel on all nodes, one time after another. */
  read(options: ReadOptions): Promise<Latency>
  close(): Promise<void>
}

/** Latency in milliseconds. */
export interface Latency {
  readonly samples: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What the subscribers of one node received since the last reset. */
export interface NodeReceived {
  readonly port: number
  readonly events: number
  readonly latency: Latency
}

/** What subscribers received since the last reset. */
export interface Received {
  readonly events: number
  readonly nodes: readonly NodeReceived[]
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
  /** The nodes, each of which gets as many connections as the others. */
  readonly ports: readonly number[]
  readonly connections: number
  /** Connections being established at the same time. */
  readonly concurrency: number
  /** Channels to spread the connections over, one each; empty: connect alone. */
  readonly channels: readonly string[]
  /** One connection of so many samples latency. */
  readonly sampleEvery: number
  /** Look at the sockets whenever a byte comes instead of every millisecond: for few events that are timed closely. */
  readonly eager?: boolean
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

/** How a crowd is to come back. */
export interface RecoverOptions {
  /** Events that each must recover; absent: the contestant keeps none, the subscription alone counts. */
  readonly missed?: number
  /** The nodes to choose from, each client by chance. */
  readonly ports: readonly number[]
}

/** How events are triggered over Pusher's HTTP API. */
export interface TriggerOptions {
  readonly port: number
  /** Connections, each with one request at a time. */
  readonly connections: number
  readonly channels: number
  /** Events of one request; 1: each is a request of its own. */
  readonly batch: number
  readonly seconds: number
}

/** What was triggered. */
export interface Triggered {
  readonly requestsPerSecond: number
  readonly eventsPerSecond: number
  /** From sending a request to its answer. */
  readonly latency: Latency
  /** Of the load process, in microseconds; signing is done before. */
  readonly cpuMicros: number
}

/** The load process. */
export type LoadProcess = {
  open(options: OpenOptions): Promise<{ readonly ms: number }>
  reset(): Promise<void>
  received(): Promise<Received>
  /** Events since the last reset that the subscribers of every node have received. */
  arrivedEverywhere(): Promise<number>
  /** Cuts all connections at once, without goodbye. */
  cut(): Promise<void>
  /** Connects everybody anew, from the last place, and checks that each receives exactly what it missed. */
  recover(options: RecoverOptions): Promise<Recovered>
  send(options: SendOptions): Promise<Sent>
  trigger(options: TriggerOptions): Promise<Triggered>
}

/** A Redis that nodes share. */
export type RedisProcess = {
  start(): Promise<{ readonly url: string }>
  /** User and system time since it began, in microseconds. */
  cpuMicros(): Promise<number>
}

/** A PostgreSQL that nodes share. */
export type DatabaseProcess = {
  start(options: { readonly dataDir: string }): Promise<{ readonly url: string }>
}

/** Users by their numbers. */
export interface UserRange {
  readonly from: number
  readonly count: number
}

/** How often those who are there are read, and how many there must be. */
export interface ReadOptions {
  readonly times: number
  readonly members: number
}

/** A change of one user, and when a node heard of it on the monotonic clock. */
export interface HeardChange {
  readonly type: 'joined' | 'updated' | 'left'
  readonly atMicros: number
}

/** One node's engine with one channel whose members it follows. */
export type PresenceProcess = {
  start(options: {
    readonly redisUrl: string
    readonly node: string
    readonly leaseMs: number
  }): Promise<void>
  /** Enters users at once. Answers when all have, and when it began. */
  enter(range: UserRange): Promise<{ readonly startedMicros: number }>
  leave(range: UserRange): Promise<{ readonly startedMicros: number }>
  /** One user enters and leaves; after each there is a pause. Answers when each of the changes began. */
  comeAndGo(options: {
    readonly user: string
    readonly times: number
    readonly pauseMs: number
  }): Promise<{ readonly startedMicros: readonly number[] }>
  /** Notes what is heard of a user from now on. */
  watch(options: { readonly user: string }): Promise<void>
  heard(): Promise<readonly HeardChange[]>
  /** Answers when this node saw `count` members, as soon as it does. One call at a time. */
  reached(options: { readonly count: number }): Promise<{ readonly atMicros: number }>
  /** Reads the members, one time after another. */
  read(options: ReadOptions): Promise<Latency>
  cpuMicros(): Promise<number>
}
