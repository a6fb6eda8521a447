/** What the page has learnt of names, when they change while the stream is open. */

import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { change, ticket } from '../../test/samples'
import type { Ticket } from '../contract'
import { DEFAULT_ORDER } from '../order'
import { queryKeys } from '../queryKeys'
import { applyChange } from './applyChange'
import { fetchWithChanges, publishChange } from './changeBuffer'
import { renamed } from './renamed'

const team = (name: string): Ticket['team'] => ({ id: 't1', name })
const renaming = change({ directory: [{ kind: 'team', id: 't1', name: 'Vendas' }] })

test('a team that was renamed has its new name on every row, and rows without it are the same objects', () => {
  const rows = [
    ticket({ team: team('Loja') }),
    ticket({ team: null }),
    ticket({ team: { id: 't2', name: 'Loja' } }),
  ]
  const after = renamed({ items: rows, next: null }, renaming.directory)
  expect(after.items.map((row) => row.team?.name)).toEqual(['Vendas', undefined, 'Loja'])
  expect(after.items[1]).toBe(rows[1])
  expect(renamed(after, renaming.directory)).toBe(after)
  expect(renamed({ pages: [{ items: rows }] }, renaming.directory).pages[0]?.items[0]?.team).toEqual(
    team('Vendas'),
  )
})

test('an agent or a channel that was renamed has its new name, and nobody else of the old name', () => {
  const names = [
    { kind: 'agent', id: 'ana', name: 'Ana Prado' },
    { kind: 'channel', id: 'c1', name: 'Loja Centro' },
  ] as const
  const shown = {
    owner: { id: 'ana', name: 'Ana Lima' },
    by: { id: 'eva', name: 'Ana Lima' },
    channel: { id: 'c1', name: 'Loja', has_bot: true },
  }
  expect(renamed(shown, [...names])).toEqual({
    owner: { id: 'ana', name: 'Ana Prado' },
    by: { id: 'eva', name: 'Ana Lima' },
    channel: { id: 'c1', name: 'Loja Centro', has_bot: true },
  })
})

test('a change of the directory renames what is in the cache and asks again for the lists of names', () => {
  const cache = new QueryClient()
  const key = queryKeys.tickets('all', DEFAULT_ORDER)
  cache.setQueryData(key, { items: [ticket({ team: team('Loja') })], next: null })
  for (const list of [queryKeys.agents, queryKeys.teams, queryKeys.me]) cache.setQueryData(list, [])
  applyChange(cache, renaming, 'ana')
  expect(cache.getQueryData(key)).toMatchObject({ items: [{ team: { name: 'Vendas' } }] })
  const stale = (list: readonly string[]) => cache.getQueryState(list)?.isInvalidated
  expect([stale(queryKeys.agents), stale(queryKeys.teams), stale(queryKeys.me)]).toEqual([true, true, false])
  applyChange(cache, change({ directory: [{ kind: 'agent', id: 'ana', name: 'Ana' }] }), 'ana')
  expect(stale(queryKeys.me)).toBe(true)
})

test('a page that was being fetched meanwhile has the new name, too', async () => {
  const fetched = await fetchWithChanges(
    async () => {
      publishChange(renaming)
      return { items: [ticket({ team: team('Loja') })] }
    },
    (data) => data,
  )
  expect(fetched.items[0]?.team).toEqual(team('Vendas'))
})
