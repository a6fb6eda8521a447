/** The sort orders of tickets. They equal the server's, so that stream and pages agree. */

import type { ListPreferences } from '../api'
import type { Ticket } from './contract'
import { serverNow } from './serverClock'
import { ticketKey } from './ticketKey'

export type Order = ListPreferences
export type Sort = Order['sort']

export const DEFAULT_ORDER: Order = { sort: 'newest', unanswered_first: false }

/** Compared part by part, smaller first. */
type SortKey = readonly (number | string)[]

/** The server sorts by this many characters of a name. */
const NAME_KEY_LENGTH = 64

/** Begins at the first letter or digit. Who has no name, and is shown by the number, comes first. */
const foldedName = ({ contact }: Ticket): string => {
  if (contact.name === contact.phone) return ''
  const plain = contact.name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ß/g, 'ss')
  const words = plain.trim().replace(/\s+/g, ' ')
  const key = words.slice(Math.max(0, words.search(/[\p{L}\p{N}]/u)))
  return [...key].slice(0, NAME_KEY_LENGTH).join('')
}

/** Newest first, also within a second; without a message, by when it was queued. */
function newestKey(ticket: Ticket): SortKey {
  const { last_message: last } = ticket
  if (last) return [-Date.parse(last.at), -last.position]
  return [-Math.floor(Date.parse(ticket.queued_at) / 1000) * 1000, -ticket.opened_position]
}

/** Closed tickets come last, newest first, except when sorted by `newest` or `name`. */
function sortKey(ticket: Ticket, { sort, unanswered_first }: Order, now: number): SortKey {
  const mark = unanswered_first && !ticket.unanswered ? 1 : 0
  const opened = ticket.opened_position
  if (sort === 'newest') return [mark, ...newestKey(ticket)]
  if (sort === 'name') return [mark, foldedName(ticket), opened]
  if (ticket.state === 'closed') return [2, ...newestKey(ticket)]
  if (sort === 'queued') return [mark, Date.parse(ticket.queued_at), opened]
  if (sort === 'waiting')
    return ticket.unanswered_since
      ? [0, Date.parse(ticket.unanswered_since), opened]
      : [1, ...newestKey(ticket)]
  const ends = ticket.window_ends_at ? Date.parse(ticket.window_ends_at) : 0
  return ends > now ? [mark, 0, ends, opened] : [mark, 1, -ends, -opened]
}

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0)

export function compareTickets(order: Order): (a: Ticket, b: Ticket) => number {
  const now = serverNow()
  return (a, b) => {
    const [one, other] = [sortKey(a, order, now), sortKey(b, order, now)]
    for (const [at, part] of one.entries()) {
      const differs = compare(part, other[at] ?? 0)
      if (differs !== 0) return differs
    }
    return compare(ticketKey(b), ticketKey(a))
  }
}
