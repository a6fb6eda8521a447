/** The keys of the one cache of server state; what the stream keeps fresh stands under `live`. */

import type { View } from './contract'
import type { Order } from './order'

export const keys = {
  me: ['me'] as const,
  preferences: ['preferences'] as const,
  available: ['available'] as const,
  agents: ['agents'] as const,
  teams: ['teams'] as const,
  live: ['live'] as const,
  allTickets: ['live', 'tickets'] as const,
  counts: ['live', 'counts'] as const,
  tickets: (view: View, order: Order) => ['live', 'tickets', view, order] as const,
  conversations: ['live', 'conversation'] as const,
  conversation: (id: string) => ['live', 'conversation', id] as const,
  messages: (id: string) => ['live', 'messages', id] as const,
  scheduled: (id: string) => ['live', 'scheduled', id] as const,
  presence: (id: string) => ['presence', id] as const,
  contact: (id: string) => ['live', 'contact', id] as const,
}
