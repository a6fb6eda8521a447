/** Applies a change from the stream to everything in the cache. */

import type { Query, QueryClient } from '@tanstack/react-query'
import type { ContactPage } from '../../api'
import type { Change, Conversation, Ticket, View, Viewers } from '../contract'
import {
  applyToConversation,
  applyToThread,
  applyToTicketList,
  readableTickets,
  type Thread,
  type TicketList,
} from '../merge'
import type { Order } from '../order'
import { Problem } from '../problem'
import { queryKeys } from '../queryKeys'
import { publishChange } from './changeBuffer'
import { renamed } from './renamed'

export function applyChange(cache: QueryClient, change: Change, meId: string): void {
  publishChange(change)
  if (change.directory.length > 0) applyDirectory(cache, change, meId)
  if (change.tickets.length + change.gone.length > 0) invalidateSoon(cache, queryKeys.counts)
  for (const [key] of cache.getQueriesData<TicketList>({ queryKey: queryKeys.allTickets })) {
    const [, , view, order] = key as [string, string, View, Order]
    cache.setQueryData<TicketList>(
      key,
      (current) => current && applyToTicketList(current, change, view, order, meId),
    )
  }
  for (const id of new Set(readableTickets(change).map((row) => row.conversation_id))) {
    invalidateSoon(cache, queryKeys.scheduled(id))
    const before = cache.getQueryData<Conversation>(queryKeys.conversation(id))
    const after = before && applyToConversation(before, change)
    if (!after) continue
    cache.setQueryData(queryKeys.conversation(id), after)
    if (changesAccess(change, after)) {
      void cache.invalidateQueries({ queryKey: queryKeys.conversation(id) })
    }
    if (before.contact.id !== after.contact.id) {
      void cache.invalidateQueries({ queryKey: queryKeys.contact(before.contact.id) })
    }
  }
  for (const row of readableTickets(change)) {
    const page = cache.getQueryData<ContactPage>(queryKeys.contact(row.contact.id))
    if (page && !shows(page, row)) {
      void cache.invalidateQueries({ queryKey: queryKeys.contact(row.contact.id) })
    }
  }
  const erased = readableTickets(change)
    .filter((row) => row.contact.erased)
    .map((row) => row.conversation_id)
  for (const id of new Set([...change.messages.map((row) => row.conversation_id), ...erased])) {
    cache.setQueryData<Thread>(
      queryKeys.messages(id),
      (current) => current && applyToThread(current, change, id),
    )
  }
  for (const id of new Set(erased)) {
    // Notes of transfers are gone, and so is what the agent had begun to write.
    invalidateSoon(cache, queryKeys.messages(id))
    void cache.invalidateQueries({ queryKey: queryKeys.draft(id) })
  }
  // A draft that was sent from elsewhere must not stay in this field, where Enter would send it again.
  for (const id of new Set(change.messages.filter(isOutgoing).map((row) => row.conversation_id))) {
    void cache.invalidateQueries({ queryKey: queryKeys.draft(id) })
  }
  for (const { conversation_id } of change.gone) {
    void cache.invalidateQueries({ queryKey: queryKeys.conversation(conversation_id) })
    // Who only takes part from now on may read less of it.
    void cache.invalidateQueries({ queryKey: queryKeys.messages(conversation_id) })
    // The stream no longer carries its messages; if the ticket comes back, the thread is fetched again.
    cache.removeQueries({ queryKey: queryKeys.messages(conversation_id), type: 'inactive' })
  }
}

/** What the page keeps of teams, agents, channels and variables: their names on rows, and the lists of them. */
function applyDirectory(cache: QueryClient, { directory }: Change, meId: string): void {
  cache.setQueriesData({ queryKey: queryKeys.live }, (data) => renamed(data, directory))
  for (const key of [queryKeys.agents, queryKeys.teams, queryKeys.variables, queryKeys.admin]) {
    void cache.invalidateQueries({ queryKey: key })
  }
  if (directory.some(({ id }) => id === meId)) void cache.invalidateQueries({ queryKey: queryKeys.me })
  // Whether it has a bot.
  if (directory.some(({ kind }) => kind === 'channel')) {
    void cache.invalidateQueries({ queryKey: queryKeys.conversations })
  }
}
/** The server alone knows what may be done; a change tells that it may be something else now. */
const changesAccess = (change: Change, { access, ticket }: Conversation): boolean =>
  access === 'full'
    ? change.participating.some((row) => row.conversation_id === ticket.conversation_id)
    : readableTickets(change).some((row) => row.conversation_id === ticket.conversation_id)

const isOutgoing = ({ direction }: Change['messages'][number]): boolean => direction === 'out'

/** Whether the contact's page shows what the ticket does; tickets of contacts merged into it have numbers of their own. */
const shows = (page: ContactPage, { contact, conversation_id, number, state }: Ticket): boolean =>
  page.erased === contact.erased &&
  page.name === contact.name &&
  (contact.phone === null || page.identities.some((one) => one.present && one.value === contact.phone)) &&
  page.tickets.some(
    (one) => one.conversation_id === conversation_id && one.number === number && one.state === state,
  )

/** Who looks at a conversation, and when that was received; it expires. */
export interface LiveViewers {
  viewers: Viewers['viewers']
  receivedAt: number
}

export function applyPresence(cache: QueryClient, { conversation_id, viewers }: Viewers): void {
  cache.setQueryData<LiveViewers>(queryKeys.presence(conversation_id), { viewers, receivedAt: Date.now() })
}

const REFETCH_DELAY_MS = 1_500
const scheduled = new Set<string>()

/** Refetches what the stream does not carry, at most once per interval. */
function invalidateSoon(cache: QueryClient, key: readonly string[]): void {
  const name = key.join('/')
  if (scheduled.has(name)) return
  scheduled.add(name)
  setTimeout(() => {
    scheduled.delete(name)
    void cache.invalidateQueries({ queryKey: key })
  }, REFETCH_DELAY_MS)
}

/**
 * Asks again what is on the screen and failed for a reason that has passed. The rest is asked when it is opened; the
 * stream resumes where it broke off, and so repairs nothing that was never fetched.
 */
export function refetchFailed(cache: QueryClient): void {
  const failed = ({ state }: Query) => state.error instanceof Problem && state.error.isTransient
  void cache.refetchQueries({ type: 'active', predicate: failed })
}

/** Refetches everything that the stream keeps up to date: what is on the screen now, the rest when it is opened. */
export function resync(cache: QueryClient): void {
  // Removed, not only invalidated: applying the next change would mark them as fresh.
  cache.removeQueries({ queryKey: queryKeys.live, type: 'inactive' })
  const names = [queryKeys.agents, queryKeys.teams, queryKeys.variables, queryKeys.admin]
  for (const key of [queryKeys.live, queryKeys.me, ...names]) {
    void cache.invalidateQueries({ queryKey: key })
  }
}
