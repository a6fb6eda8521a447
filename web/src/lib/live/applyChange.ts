/** Lays a change of the stream over everything the cache holds. */

import type { QueryClient } from '@tanstack/react-query'
import type { Change, Conversation, Ticket, View, Viewers } from '../contract'
import { hearConversation, hearMessages, hearTickets, type Thread, type TicketList } from '../merge'
import type { Order } from '../order'
import { keys } from '../queryKeys'
import { tellEars } from './changeBuffer'

export function applyChange(cache: QueryClient, change: Change, meId: string): void {
  tellEars(change)
  if (change.tickets.length + change.gone.length > 0) againSoon(cache, keys.counts)
  for (const [key] of cache.getQueriesData<TicketList>({ queryKey: keys.allTickets })) {
    const [, , view, order] = key as [string, string, View, Order]
    cache.setQueryData<TicketList>(key, (have) => have && hearTickets(have, change, view, order, meId))
  }
  for (const id of new Set(change.tickets.map((row) => row.conversation_id))) {
    againSoon(cache, keys.scheduled(id))
    const before = cache.getQueryData<Conversation>(keys.conversation(id))
    const after = before && hearConversation(before, change)
    if (!after) continue
    cache.setQueryData(keys.conversation(id), after)
    if (tellsOfContact(before.ticket, after.ticket)) {
      void cache.invalidateQueries({ queryKey: keys.contact(after.contact.id) })
    }
  }
  for (const id of new Set(change.messages.map((row) => row.conversation_id))) {
    cache.setQueryData<Thread>(keys.messages(id), (have) => have && hearMessages(have, change, id))
  }
  // What was sent elsewhere must not stand in this field still, one Enter away from being said twice.
  for (const id of new Set(change.messages.filter(leaves).map((row) => row.conversation_id))) {
    void cache.invalidateQueries({ queryKey: keys.draft(id) })
  }
  for (const { conversation_id } of change.gone) {
    void cache.invalidateQueries({ queryKey: keys.conversation(conversation_id) })
    // What is said there from now on is not told here: should it come back, it is read anew.
    cache.removeQueries({ queryKey: keys.messages(conversation_id), type: 'inactive' })
  }
}

const leaves = ({ direction }: Change['messages'][number]): boolean => direction === 'out'

/** Whether the contact's own page may read otherwise now. */
const tellsOfContact = (before: Ticket, after: Ticket): boolean =>
  before.contact.name !== after.contact.name || before.number !== after.number || before.state !== after.state

/** Who looks at a conversation, and when that was heard; it ends by the clock. */
export interface Seen {
  viewers: Viewers['viewers']
  heardAt: number
}

export function applyPresence(cache: QueryClient, { conversation_id, viewers }: Viewers): void {
  cache.setQueryData<Seen>(keys.presence(conversation_id), { viewers, heardAt: Date.now() })
}

const AGAIN_MS = 1_500
const awaited = new Set<string>()

/** What the stream does not carry comes from the server, at most once in a while. */
function againSoon(cache: QueryClient, key: readonly string[]): void {
  const name = key.join('/')
  if (awaited.has(name)) return
  awaited.add(name)
  setTimeout(() => {
    awaited.delete(name)
    void cache.invalidateQueries({ queryKey: key })
  }, AGAIN_MS)
}

/** Everything that the stream keeps fresh is read again: what is on the screen now, the rest when it is opened. */
export function resync(cache: QueryClient): void {
  // Removed, not only invalidated: the next change laid over them would mark them fresh.
  cache.removeQueries({ queryKey: keys.live, type: 'inactive' })
  void cache.invalidateQueries({ queryKey: keys.live })
}
