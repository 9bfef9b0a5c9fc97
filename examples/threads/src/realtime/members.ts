// Members of a channel as persons.
import type { Person } from '../../shared/api.ts'

const textOf = (info: unknown, field: string): string => {
  if (typeof info !== 'object' || info === null) return ''
  const value = Object.entries(info).find(([name]) => name === field)?.[1]
  return typeof value === 'string' ? value : ''
}

/** A person from what the backend said of a member when it signed the subscription. */
export function memberOf(id: string, info: unknown): Person {
  return { id, name: textOf(info, 'name') || 'Somebody', avatar: textOf(info, 'avatar') }
}

/** By name, then id: both client libraries give the same order. */
export const sortMembers = (people: readonly Person[]): readonly Person[] =>
  [...people].sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
