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

/** So much of a name sorts. */
const NAME_KEY = 64

const folded = ({ contact }: Ticket): string => {
  const plain = contact.name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ß/g, 'ss')
  return [...plain.trim().replace(/\s+/g, ' ')].slice(0, NAME_KEY).join('')
}

/** The place at which it was opened: the running number of its protocol. */
const openedAt = ({ protocol }: Ticket): number => Number(protocol.split('-')[1] ?? 0)

/** Newest first, also within a second; without a message it counts from when it was opened. */
function newestOf(ticket: Ticket): Place {
  const { last_message: last } = ticket
  if (last) return [-Date.parse(last.at), -last.position]
  return [-Math.floor(Date.parse(ticket.queued_at) / 1000) * 1000, -openedAt(ticket)]
}

/** What is closed waits for nobody: but for `newest` and `name` it stands behind the rest, newest first. */
function placeOf(ticket: Ticket, { sort, unanswered_first }: Order, now: number): Place {
  const mark = unanswered_first && !ticket.unanswered ? 1 : 0
  const opened = openedAt(ticket)
  if (sort === 'newest') return [mark, ...newestOf(ticket)]
  if (sort === 'name') return [mark, folded(ticket), opened]
  if (ticket.state === 'closed') return [2, ...newestOf(ticket)]
  if (sort === 'queued') return [mark, Date.parse(ticket.queued_at), opened]
  if (sort === 'waiting')
    return ticket.unanswered_since
      ? [0, Date.parse(ticket.unanswered_since), opened]
      : [1, ...newestOf(ticket)]
  const ends = ticket.window_ends_at ? Date.parse(ticket.window_ends_at) : 0
  return ends > now ? [mark, 0, ends, opened] : [mark, 1, -ends, -opened]
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
