// The organizations and people whom the example begins with.
import { avatar } from './avatars.ts'

/** Everybody's password. */
export const PASSWORD = 'threads'

/** The organizations. */
export const organizations = [
  { id: 'northwind', name: 'Northwind Studio' },
  { id: 'halcyon', name: 'Halcyon Labs' },
] as const

/** One of them. */
export type OrganizationId = (typeof organizations)[number]['id']

/** The people, by id. Who has no picture is shown by initials. */
export const people = [
  person('maya', 'Maya Okafor', 'northwind', avatar('#1f4e5f', '#f2d6a2')),
  person('jonas', 'Jonas Lindqvist', 'northwind', avatar('#7a3b2e', '#f5e6d3')),
  person('priya', 'Priya Raman', 'northwind', avatar('#4a3a6b', '#e8c7d8')),
  person('tomas', 'Tomás Herrera', 'northwind', ''),
  person('ines', 'Inês Carvalho', 'halcyon', avatar('#20563f', '#dcebc9')),
  person('wei', 'Wei Zhang', 'halcyon', ''),
]

function person(id: string, name: string, organization: OrganizationId, picture: string) {
  const domain = organization === 'northwind' ? 'northwind.example' : 'halcyon.example'
  return { id, name, organization, avatar: picture, email: `${id}@${domain}` }
}
