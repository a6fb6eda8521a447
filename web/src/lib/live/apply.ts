/** Lays a change of the stream over everything the cache holds. */

import type { QueryClient } from '@tanstack/react-query'
import type { Change, Conversation, View } from '../contract'
import { keys } from '../keys'
import { hearConversation, hearMessages, hearTickets, type Thread, type TicketList } from '../merge'
import type { Order } from '../order'
import { tellEars } from './ear'

export function applyChange(cache: QueryClient, change: Change, meId: string): void {
  tellEars(change)
  if (change.tickets.length + change.gone.length > 0) countAgain(cache)
  for (const [key] of cache.getQueriesData<TicketList>({ queryKey: keys.allTickets })) {
    const [, , view, order] = key as [string, string, View, Order]
    cache.setQueryData<TicketList>(key, (have) => have && hearTickets(have, change, view, order, meId))
  }
  for (const id of new Set(change.tickets.map((row) => row.conversation_id))) {
    void cache.invalidateQueries({ queryKey: keys.scheduled(id) })
    cache.setQueryData<Conversation>(keys.conversation(id), (have) => have && hearConversation(have, change))
  }
  for (const id of new Set(change.messages.map((row) => row.conversation_id))) {
    cache.setQueryData<Thread>(keys.messages(id), (have) => have && hearMessages(have, change, id))
  }
  for (const { conversation_id } of change.gone) {
    void cache.invalidateQueries({ queryKey: keys.conversation(conversation_id) })
  }
}

const COUNT_AGAIN_MS = 1_500
let counting = false

/** Counts come from the server alone, at most once in a while. */
function countAgain(cache: QueryClient): void {
  if (counting) return
  counting = true
  setTimeout(() => {
    counting = false
    void cache.invalidateQueries({ queryKey: keys.counts })
  }, COUNT_AGAIN_MS)
}

/** Everything that the stream keeps fresh is read again: what is on the screen now, the rest when it is opened. */
export function resync(cache: QueryClient): void {
  // Removed, not only invalidated: the next change laid over them would mark them fresh.
  cache.removeQueries({ queryKey: keys.live, type: 'inactive' })
  void cache.invalidateQueries({ queryKey: keys.live })
}
