import type { Store } from '../store/store.ts'
export interface Database {
  store: Store
  description: string
  close(): Promise<void>
}
export async function openDatabase(_config: unknown, _log: unknown): Promise<Database> {
  const store = {
    start: async () => {},
    stop: async () => {},
    health: async () => ({ status: 'up', pool: { total: 0, idle: 0, waiting: 0 } }),
    create: async () => ({ changed: false }),
  } as unknown as Store
  return { store, description: 'none', close: async () => {} }
}
