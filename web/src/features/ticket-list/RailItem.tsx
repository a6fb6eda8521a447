/** One ticket of the rail. */

import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Pin, Timer, TriangleAlert } from 'lucide-react'
import type { MouseEvent } from 'react'
import { contactName } from '../../lib/contactName'
import type { Ticket } from '../../lib/contract'
import { firstNameOf } from '../../lib/firstName'
import { formatDuration, formatShortTime } from '../../lib/time'
import { closesSoon, windowAt } from '../../lib/window'
import { Avatar } from '../../ui/Avatar'
import { lastMessageText, lastOwnerText, ticketLabel } from './ticketText'
import type { Selection } from './useSelection'

interface RailItemProps {
  ticket: Ticket
  now: number
  current: boolean
  link: { to: string; params: Record<string, string> }
  allTickets: readonly Ticket[]
  selection: Selection | undefined
}

/** A first name; of somebody without one, the end of their number, where numbers differ. */
const shortName = (name: string): string => {
  const first = firstNameOf(name)
  return first === name ? (name.split(/\s+/).at(-1) ?? name) : first
}

export function RailItem({ ticket, now, current, link, allTickets, selection }: RailItemProps) {
  const onClick = (event: MouseEvent) => {
    if (!selection || !(selection.active || event.shiftKey || event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    selection.toggle(ticket, event.shiftKey ? allTickets : null)
  }
  const window = windowAt(ticket.contact.erased ? null : ticket.window_ends_at, now)
  const name = contactName(ticket.contact)
  const lastOwner = lastOwnerText(ticket)
  return (
    <Link
      {...link}
      className={ticket.unanswered ? 'rail-item is-waiting' : 'rail-item'}
      aria-label={ticketLabel(ticket, window)}
      aria-current={current ? 'true' : undefined}
      title={lastOwner ? `${name} (${lastOwner})` : name}
      draggable={false}
      onClick={onClick}
    >
      <Avatar
        id={ticket.contact.id}
        initials={ticket.contact.initials}
        window={window}
        waiting={ticket.unanswered}
        unread={ticket.unread}
        failed={ticket.failed ?? false}
        bottomBadge={
          ticket.failed ? (
            <TriangleAlert className="i" aria-hidden="true" />
          ) : (
            ticket.state !== 'closed' &&
            closesSoon(ticket.window_ends_at, now) && <Timer className="i" aria-hidden="true" />
          )
        }
        topBadge={ticket.pinned && <Pin className="i" aria-hidden="true" />}
      />
      <span className="rail-name" aria-hidden="true">
        {shortName(name)}
      </span>
      <span className="rail-words" aria-hidden="true">
        <b dir="auto">{name}</b>
        {ticket.last_message && <time>{formatShortTime(ticket.last_message.at, now)}</time>}
        <span className="last" dir="auto">
          {ticket.failed && (
            <span className="is-failed">
              <Trans>Não enviada</Trans>
            </span>
          )}
          {lastOwner && `${lastOwner} · `}
          {lastMessageText(ticket)}
        </span>
        <span className={`window-left is-${window.state}`}>
          {window.state === 'closed' ? <Trans>fechada</Trans> : formatDuration(window.leftMs, false)}
        </span>
      </span>
    </Link>
  )
}
