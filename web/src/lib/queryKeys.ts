/** The keys of the server-state cache; the stream keeps everything under `live` up to date. */

import type { View } from './contract'
import type { Order } from './order'

export const queryKeys = {
  me: ['me'] as const,
  sessionOptions: ['session', 'options'] as const,
  preferences: ['preferences'] as const,
  availability: ['availability'] as const,
  agents: ['agents'] as const,
  teams: ['teams'] as const,
  /** Values of variables, of all conversations. */
  variables: ['variables'] as const,
  variablesOf: (conversationId: string) => ['variables', conversationId] as const,
  admin: ['admin'] as const,
  adminTeams: ['admin', 'teams'] as const,
  adminAgents: ['admin', 'agents'] as const,
  adminVariables: ['admin', 'variables'] as const,
  adminQuickRepliesWith: (variable: string) => ['admin', 'quick-replies', 'with', variable] as const,
  adminChannels: ['admin', 'channels'] as const,
  live: ['live'] as const,
  allTickets: ['live', 'tickets'] as const,
  counts: ['live', 'counts'] as const,
  tickets: (view: View, order: Order) => ['live', 'tickets', view, order] as const,
  conversations: ['live', 'conversation'] as const,
  conversation: (id: string) => ['live', 'conversation', id] as const,
  messages: (id: string) => ['live', 'messages', id] as const,
  scheduled: (id: string) => ['live', 'scheduled', id] as const,
  history: (id: string) => ['history', id] as const,
  pastVersion: (id: string, at: string) => ['history', id, at] as const,
  usableQuickReplies: (q: string) => ['quick-replies', 'usable', q] as const,
  draft: (id: string) => ['draft', id] as const,
  presence: (id: string) => ['presence', id] as const,
  allContacts: ['live', 'contacts'] as const,
  contacts: (q: string) => ['live', 'contacts', q] as const,
  contactEvents: (id: string) => ['live', 'contact', id, 'events'] as const,
  contactTickets: (id: string) => ['live', 'contact', id, 'tickets'] as const,
  contact: (id: string) => ['live', 'contact', id] as const,
  erasure: (id: string) => ['erasure', id] as const,
  phones: ['phones'] as const,
  phone: (waId: string) => ['phone', waId] as const,
}
