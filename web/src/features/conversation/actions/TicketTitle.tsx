/** The contact's name, and the state of the ticket. */

import { Trans } from '@lingui/react/macro'
import { AlarmClock, TriangleAlert } from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import { formatPhone } from '../../../lib/formatPhone'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { ticketStatus } from '../ticketStatus'

interface TicketTitleProps {
  ticket: Ticket
  name: string
  isMine: boolean
}

export function TicketTitle({ ticket, name, isMine }: TicketTitleProps) {
  const phone = formatPhone(ticket.contact.phone)
  return (
    <div className="ticket-title">
      <h1 dir="auto">{name}</h1>
      <p>
        {ticket.failed && (
          <span className="is-whole">
            <span className="chip chip-danger">
              <TriangleAlert className="i i-sm" aria-hidden="true" />
              <Trans>Resposta não enviada</Trans>
            </span>
          </span>
        )}
        {ticket.snoozed_until && <SnoozedUntil at={ticket.snoozed_until} />}
        {phone && phone !== name && <span className="is-whole">{phone}</span>}
        <span>
          <Trans>Protocolo {ticket.protocol}</Trans>
        </span>
        {!ticket.snoozed_until && <span className="wide">{ticketStatus(ticket, isMine)}</span>}
        {ticket.tags.length > 0 && <Tags tags={ticket.tags} />}
      </p>
    </div>
  )
}

const MAX_TAGS = 2

function Tags({ tags }: { tags: readonly string[] }) {
  const more = tags.length - MAX_TAGS
  return (
    <span className="wide tag-line" title={tags.join(', ')}>
      {tags.slice(0, MAX_TAGS).map((tag) => (
        <span className="chip" key={tag} dir="auto">
          {tag}
        </span>
      ))}
      {more > 0 && <span className="chip">+{more}</span>}
    </span>
  )
}

function SnoozedUntil({ at }: { at: string }) {
  const hour = formatDayAndTime(at, useNow())
  return (
    <span className="is-whole">
      <span className="chip chip-brand">
        <AlarmClock className="i i-sm" aria-hidden="true" />
        <Trans>Adiada até {hour}</Trans>
      </span>
    </span>
  )
}
