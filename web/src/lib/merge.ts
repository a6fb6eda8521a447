/**
 * What is shown after something was heard: pure, and the same for pages and stream.
 *
 * A page is read while the stream goes on, so whoever asks for one folds what was heard meanwhile over it
 * (`heardWhile` in live/ear.ts). Stream rows are present rows, so folding one twice or late does no harm.
 */

import type { Change, Conversation, Message, Ticket, View } from './contract'
import { inOrder, type Order } from './order'
import { ticketKey } from './ticketKey'
import { closesSoon } from './window'

/** The newest messages of a conversation, oldest first, without a gap; `older` leads further back. */
export interface Thread {
  items: readonly Message[]
  older: string | null
}

/** A view's tickets in the chosen order; `next` leads further down. */
export interface TicketList {
  items: readonly Ticket[]
  next: string | null
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The screen's order: WhatsApp's second, then the position in the log. */
export const byTime = (a: Message, b: Message): number =>
  Date.parse(a.sent_at) - Date.parse(b.sent_at) || a.position - b.position || compare(a.id, b.id)

/** Later rows replace earlier ones of the same key. */
function laid<Row>(have: readonly Row[], rows: readonly Row[], key: (row: Row) => string): Row[] {
  const byKey = new Map(have.map((row) => [key(row), row]))
  for (const row of rows) byKey.set(key(row), row)
  return [...byKey.values()]
}

/** Older messages come in front; where both know one, what we have is as new or newer. */
export const withOlder = (have: Thread, page: Thread): Thread => ({
  items: laid(page.items, have.items, (row) => row.id).sort(byTime),
  older: page.older,
})

export function hearMessages(have: Thread, change: Change, conversationId: string): Thread {
  const rows = change.messages.filter((row) => row.conversation_id === conversationId)
  const oldest = have.items[0]
  // Before the oldest loaded one there is a gap: that page, when it comes, brings the row itself.
  const seen = have.older === null || !oldest ? rows : rows.filter((row) => byTime(row, oldest) >= 0)
  if (seen.length === 0) return have
  return { ...have, items: laid(have.items, seen, (row) => row.id).sort(byTime) }
}

/** Which view answers with this ticket, as the server decides it. */
export function belongs(ticket: Ticket, view: View, meId: string): boolean {
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
      return ticket.state !== 'closed' && closesSoon(ticket.window_ends_at, Date.now())
    case 'closed':
      return ticket.state === 'closed'
    case 'all':
      return true // whatever this viewer may see: the rest never comes, or comes as gone
  }
}

export function withNext(have: TicketList, page: TicketList, order: Order): TicketList {
  return { items: laid(page.items, have.items, ticketKey).sort(inOrder(order)), next: page.next }
}

export function hearTickets(
  have: TicketList,
  change: Change,
  view: View,
  order: Order,
  meId: string,
): TicketList {
  if (change.tickets.length === 0 && change.gone.length === 0) return have
  const lost = new Set(change.gone.map(ticketKey))
  for (const ticket of change.tickets) if (!belongs(ticket, view, meId)) lost.add(ticketKey(ticket))
  const known = new Set(have.items.map(ticketKey))
  const last = have.items.at(-1)
  const before = inOrder(order)
  const loaded = (ticket: Ticket) =>
    have.next === null || !last || known.has(ticketKey(ticket)) || before(ticket, last) <= 0
  const gained = change.tickets.filter((ticket) => !lost.has(ticketKey(ticket)) && loaded(ticket))
  const kept = have.items.filter((ticket) => !lost.has(ticketKey(ticket)))
  if (gained.length === 0 && kept.length === have.items.length) return have
  return { ...have, items: laid(kept, gained, ticketKey).sort(before) }
}

/** The conversation shows its newest ticket; whether its window is open, the clock says. */
export function hearConversation(have: Conversation, change: Change): Conversation {
  let kept = have
  for (const ticket of change.tickets) {
    if (ticket.conversation_id !== have.ticket.conversation_id || ticket.number < kept.ticket.number) continue
    kept = {
      ...kept,
      ticket,
      contact: ticket.contact,
      window: { ...kept.window, ends_at: ticket.window_ends_at },
    }
  }
  return kept
}
