/** The sort orders of tickets, the same as the server's. */

import { expect, test } from 'vitest'
import { ticket } from '../test/samples'
import type { Ticket } from './contract'
import { compareTickets, type Order, type Sort } from './order'

const soon = new Date(Date.now() + 3_600_000).toISOString()
const later = new Date(Date.now() + 7_200_000).toISOString()
const lastMessage = (at: string, position = 1): Ticket['last_message'] => ({
  text: '',
  type: 'text',
  direction: 'in',
  at,
  position,
})
const contact = (name: string): Ticket['contact'] => ({ ...ticket().contact, name })

const rows: Ticket[] = [
  ticket({ conversation_id: 'closed', state: 'closed', last_message: lastMessage('2026-03-11T12:00:09Z') }),
  ticket({
    conversation_id: 'waits',
    contact: contact('Érica Kato'),
    unanswered: true,
    unanswered_since: '2026-03-11T12:00:02Z',
    queued_at: '2026-03-11T12:00:05Z',
    window_ends_at: later,
    last_message: lastMessage('2026-03-11T12:00:02Z'),
  }),
  ticket({
    conversation_id: 'said',
    contact: contact('Davi Melo'),
    queued_at: '2026-03-11T12:00:01Z',
    window_ends_at: soon,
    last_message: lastMessage('2026-03-11T12:00:08Z'),
  }),
  ticket({
    conversation_id: 'shut',
    contact: contact('Fábio Reis'),
    queued_at: '2026-03-11T12:00:03Z',
    window_ends_at: null,
    last_message: lastMessage('2026-03-11T12:00:01Z'),
  }),
]
const idsInOrder = (sort: Sort, unanswered_first: boolean): string[] => {
  const order: Order = { sort, unanswered_first }
  return [...rows].sort(compareTickets(order)).map((row) => row.conversation_id)
}

test('each sort order lists the tickets as the server does, with closed ones last where they do not wait', () => {
  expect(idsInOrder('newest', false)).toEqual(['closed', 'said', 'waits', 'shut'])
  expect(idsInOrder('waiting', false)).toEqual(['waits', 'said', 'shut', 'closed'])
  expect(idsInOrder('window', false)).toEqual(['said', 'waits', 'shut', 'closed'])
  expect(idsInOrder('queued', false)).toEqual(['said', 'shut', 'waits', 'closed'])
  expect(idsInOrder('name', false)).toEqual(['said', 'waits', 'shut', 'closed'])
})

test('a name sorts from its first letter or digit on, and a number that stands for a name before all', () => {
  const named = ['Bia', '🌸 Ana Clara 🌸', '(Abel)', '24h Loja', '🌸🌸', '5511987654321'].map((name, n) =>
    ticket({
      conversation_id: `c${n}`,
      opened_position: n,
      contact: { ...contact(name), phone: '5511987654321' },
    }),
  )
  const inOrder = [...named].sort(compareTickets({ sort: 'name', unanswered_first: false }))
  expect(inOrder.map((row) => row.contact.name)).toEqual([
    '5511987654321',
    '24h Loja',
    '(Abel)',
    '🌸 Ana Clara 🌸',
    'Bia',
    '🌸🌸',
  ])
})

test('unanswered tickets come first in any sort order when asked for', () => {
  expect(idsInOrder('newest', true)).toEqual(['waits', 'closed', 'said', 'shut'])
  expect(idsInOrder('window', true)).toEqual(['waits', 'said', 'shut', 'closed'])
  expect(idsInOrder('queued', true)).toEqual(['waits', 'said', 'shut', 'closed'])
})

test('within a second the position in the log decides, as on the server', () => {
  const twins = [9, 10, 8].map((place) =>
    ticket({
      conversation_id: `c${place}`,
      opened_position: place,
      last_message: lastMessage('2026-03-11T12:00:00Z', place + 100),
    }),
  )
  const order = (sort: Sort) =>
    [...twins].sort(compareTickets({ sort, unanswered_first: false })).map((row) => row.conversation_id)
  expect(order('newest')).toEqual(['c10', 'c9', 'c8'])
  expect(order('queued')).toEqual(['c8', 'c9', 'c10'])
  expect(order('name')).toEqual(['c8', 'c9', 'c10'])
})
