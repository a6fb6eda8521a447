/**
 * Applies changes of the stream to fetched pages: pure functions, the same for both.
 *
 * Changes arrive while a page is being fetched, so a fetch applies those to its result (`fetchWithChanges` in
 * live/changeBuffer.ts). A change carries whole rows, so applying one twice or late does no harm.
 */

import type { Change, Conversation, Message, Ticket, View } from './contract'
import { compareTickets, type Order } from './order'
import { serverNow } from './serverClock'
import { ticketKey } from './ticketKey'
import { closesSoon } from './window'

/** The newest messages of a conversation, oldest first, without a gap; `older` is the cursor of the previous page. */
export interface Thread {
  items: readonly Message[]
  older: string | null
}

/** A view's tickets in the chosen order; `next` is the cursor of the next page. */
export interface TicketList {
  items: readonly Ticket[]
  next: string | null
}

const compareStrings = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By WhatsApp's timestamp (whole seconds), then by position in the log. */
export const compareMessages = (a: Message, b: Message): number =>
  Date.parse(a.sent_at) - Date.parse(b.sent_at) || a.position - b.position || compareStrings(a.id, b.id)

/** Later rows replace earlier ones of the same key. */
function upsert<Row>(current: readonly Row[], rows: readonly Row[], key: (row: Row) => string): Row[] {
  const byKey = new Map(current.map((row) => [key(row), row]))
  for (const row of rows) byKey.set(key(row), row)
  return [...byKey.values()]
}

/** A message in both is kept as it is here, which is as new or newer. */
export const prependOlder = (current: Thread, page: Thread): Thread => ({
  items: upsert(page.items, current.items, (row) => row.id).sort(compareMessages),
  older: page.older,
})

/** What is left of a message once the customer's data is erased, as the server then sends it. */
const withoutWords = (message: Message): Message =>
  message.erased
    ? message
    : {
        ...message,
        text: null,
        author: message.author.kind === 'contact' ? { ...message.author, name: null } : message.author,
        provider_id: null,
        quotes_unknown: false,
        reactions: [],
        erased: true,
      }

/** The tickets of lists, and those that this viewer only takes part in. */
export const readableTickets = (change: Change): readonly Ticket[] => [
  ...change.tickets,
  ...change.participating,
]

/** The server sends no messages of somebody erased; the ticket says it. */
const erases = (change: Change, conversationId: string): boolean =>
  readableTickets(change).some((row) => row.conversation_id === conversationId && row.contact.erased)

export function applyToThread(thread: Thread, change: Change, conversationId: string): Thread {
  const isErased = erases(change, conversationId)
  const current = isErased ? { ...thread, items: thread.items.map(withoutWords) } : thread
  const rows = change.messages.filter((row) => row.conversation_id === conversationId)
  const oldest = current.items[0]
  // Rows before the oldest loaded one come with their own page; adding them now would leave a gap.
  const loaded =
    current.older === null || !oldest ? rows : rows.filter((row) => compareMessages(row, oldest) >= 0)
  if (loaded.length === 0) return current
  return { ...current, items: upsert(current.items, loaded, (row) => row.id).sort(compareMessages) }
}

/** Whether the server lists this ticket in the view. */
export function isInView(ticket: Ticket, view: View, meId: string): boolean {
  switch (view) {
    case 'mine':
      return ticket.state === 'open' && ticket.owner?.id === meId
    case 'queue':
      return ticket.state === 'queue'
    case 'snoozed':
      return ticket.state === 'snoozed'
    case 'bot':
      return ticket.state === 'bot'
    case 'closing':
      return ticket.state !== 'closed' && closesSoon(ticket.window_ends_at, serverNow())
    case 'closed':
      return ticket.state === 'closed'
    case 'all':
      return true // the server sends only what this viewer may see
  }
}

export function appendNext(current: TicketList, page: TicketList, order: Order): TicketList {
  return { items: upsert(page.items, current.items, ticketKey).sort(compareTickets(order)), next: page.next }
}

export function applyToTicketList(
  current: TicketList,
  change: Change,
  view: View,
  order: Order,
  meId: string,
): TicketList {
  if (change.tickets.length === 0 && change.gone.length === 0) return current
  const removed = new Set(change.gone.map(ticketKey))
  for (const ticket of change.tickets) if (!isInView(ticket, view, meId)) removed.add(ticketKey(ticket))
  const currentKeys = new Set(current.items.map(ticketKey))
  const last = current.items.at(-1)
  const compare = compareTickets(order)
  const isLoaded = (ticket: Ticket) =>
    current.next === null || !last || currentKeys.has(ticketKey(ticket)) || compare(ticket, last) <= 0
  const added = change.tickets.filter((ticket) => !removed.has(ticketKey(ticket)) && isLoaded(ticket))
  const kept = current.items.filter((ticket) => !removed.has(ticketKey(ticket)))
  if (added.length === 0 && kept.length === current.items.length) return current
  return { ...current, items: upsert(kept, added, ticketKey).sort(compare) }
}

/** A conversation shows its newest ticket; whether the window is open follows from the clock. */
export function applyToConversation(current: Conversation, change: Change): Conversation {
  let merged = current
  for (const ticket of readableTickets(change)) {
    if (ticket.conversation_id !== current.ticket.conversation_id || ticket.number < merged.ticket.number)
      continue
    merged = {
      ...merged,
      ticket,
      contact: ticket.contact,
      window: { ...merged.window, ends_at: ticket.window_ends_at },
    }
  }
  return merged
}
