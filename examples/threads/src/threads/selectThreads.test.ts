import { expect, it } from 'vitest'
import type { Thread, ThreadStatus } from '../../shared/api.ts'
import { countByStatus, selectThreads } from './selectThreads.ts'

const thread = (title: string, status: ThreadStatus, description = ''): Thread => ({
  id: title,
  title,
  description,
  status,
  author: 'maya',
  createdAt: 0,
  updatedAt: 0,
  version: 1,
  comments: 0,
  items: 0,
})

const threads = [
  thread('Winter party', 'open', 'Somewhere with a kitchen'),
  thread('Party of the summer', 'archived'),
  thread('Prices', 'open'),
]

const titles = (...[status, search]: [Parameters<typeof selectThreads>[1], string]) =>
  selectThreads(threads, status, search).map(({ title }) => title)

it('finds every word in title or description, whatever its case', () => {
  expect(titles('all', '')).toEqual(['Winter party', 'Party of the summer', 'Prices'])
  expect(titles('all', ' PARTY ')).toEqual(['Winter party', 'Party of the summer'])
  expect(titles('all', 'kitchen party')).toEqual(['Winter party'])
})

it('shows one status', () => {
  expect(titles('open', 'p')).toEqual(['Winter party', 'Prices'])
  expect(countByStatus(threads)).toEqual({ all: 3, open: 2, 'in-progress': 0, resolved: 0, archived: 1 })
})
