/** In which order tickets are listed: as the server orders its pages, so that stream and pages agree. */

import type { Ticket } from './contract'
import { ticketKey } from './ticketKey'

export type Sort = 'newest' | 'waiting' | 'window' | 'queued' | 'name'

export interface Order {
  sort: Sort
  unanswered_first: boolean
}

export const NEWEST: Order = { sort: 'newest', unanswered_first: false }

/** Where a ticket stands: compared part by part, smaller first. */
type Place = readonly (number | string)[]

const lastAt = (ticket: Ticket): number => (ticket.last_message ? Date.parse(ticket.last_message.at) : 0)
const folded = ({ contact }: Ticket): string =>
  contact.name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim().replace(/\s+/g, ' ')

/** What is closed waits for nobody: but for `newest` and `name` it stands behind the rest, newest first. */
function placeOf(ticket: Ticket, { sort, unanswered_first }: Order, now: number): Place {
  const mark = unanswered_first && !ticket.unanswered ? 1 : 0
  const newest = -lastAt(ticket)
  if (sort === 'newest') return [mark, newest]
  if (sort === 'name') return [mark, folded(ticket)]
  if (ticket.state === 'closed') return [2, newest]
  if (sort === 'queued') return [mark, Date.parse(ticket.queued_at)]
  if (sort === 'waiting')
    return ticket.unanswered_since ? [0, Date.parse(ticket.unanswered_since)] : [1, newest]
  const ends = ticket.window_ends_at ? Date.parse(ticket.window_ends_at) : 0
  return ends > now ? [mark, 0, ends] : [mark, 1, -ends]
}

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0)

export function inOrder(order: Order): (a: Ticket, b: Ticket) => number {
  const now = Date.now()
  return (a, b) => {
    const [one, other] = [placeOf(a, order, now), placeOf(b, order, now)]
    for (const [at, part] of one.entries()) {
      const differs = compare(part, other[at] ?? 0)
      if (differs !== 0) return differs
    }
    return compare(ticketKey(b), ticketKey(a))
  }
}
