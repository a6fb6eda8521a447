/** The keys of the one cache of server state; what the stream keeps fresh stands under `live`. */

import type { View } from './contract'

export const keys = {
  me: ['me'] as const,
  live: ['live'] as const,
  allTickets: ['live', 'tickets'] as const,
  counts: ['live', 'counts'] as const,
  tickets: (view: View) => ['live', 'tickets', view] as const,
  conversation: (id: string) => ['live', 'conversation', id] as const,
  messages: (id: string) => ['live', 'messages', id] as const,
}
