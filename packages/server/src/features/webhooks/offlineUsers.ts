// What webhooks have to know about people.

/** Knows who is connected. */
export interface OfflineUsers {
  /** Those of `users` who have no connection to any node. @throws NowcastError `unavailable` */
  offline(users: readonly string[]): Promise<readonly string[]>
}
