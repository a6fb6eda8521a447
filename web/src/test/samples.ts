/** Sample rows in the shape of the API. */

import type { Change, Message, Ticket } from '../lib/contract'

export const message = (given: Partial<Message> = {}): Message => ({
  id: 'm1',
  conversation_id: 'c1',
  ticket: 1,
  direction: 'in',
  type: 'text',
  text: 'Oi',
  author: { kind: 'contact', name: 'Rosa Fontes' },
  sent_at: '2026-03-11T12:00:00Z',
  status: null,
  error: null,
  provider_id: null,
  position: 1,
  quoted_id: null,
  quotes_unknown: false,
  reactions: [],
  edited: false,
  revoked: false,
  truncated: false,
  erased: false,
  mentions: [],
  stale: false,
  ...given,
})

export const ticket = (given: Partial<Ticket> = {}): Ticket => ({
  conversation_id: 'c1',
  number: 1,
  protocol: '20260311-7K4Q-2MXP',
  opened_position: 1,
  control: 1,
  team: null,
  state: 'open',
  contact: { id: 'k1', name: 'Rosa Fontes', initials: 'RF', phone: '5520998760142', erased: false },
  owner: { id: 'ana', name: 'Ana Lima' },
  unanswered: false,
  unanswered_since: null,
  unread: 0,
  last_message: { text: 'Oi', type: 'text', at: '2026-03-11T12:00:00Z', direction: 'in', position: 1 },
  window_ends_at: '2026-03-12T12:00:00Z',
  snoozed_until: null,
  queued_at: '2026-03-11T12:00:00Z',
  tags: [],
  pinned: false,
  window: 'open',
  window_warned: false,
  bot: null,
  hand_off_reason: null,
  close_reason: null,
  stale: false,
  ...given,
})

export const change = (given: Partial<Change> = {}): Change => ({
  tickets: [],
  messages: [],
  gone: [],
  directory: [],
  ...given,
})
