/** The page of one contact: details, tickets, and the history of changes. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Bell, ChevronLeft, Combine } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { ServedTicket } from '../../api'
import { contactName } from '../../lib/contactName'
import { formatPhone } from '../../lib/formatPhone'
import { formatDate } from '../../lib/time'
import { useContact } from '../../lib/useContact'
import { Avatar } from '../../ui/Avatar'
import { ErrorState } from '../../ui/EmptyState'
import { HeaderSkeleton, ThreadSkeleton } from '../../ui/Skeleton'
import { Aliases } from './Aliases'
import { BotVariables } from './BotVariables'
import { ContactHistory } from './ContactHistory'
import { ContactTickets } from './ContactTickets'
import { Identities } from './Identities'
import { MergeDialog } from './MergeDialog'
import { MergeSuggestions } from './MergeSuggestions'
import { useMerge } from './requests/useMerge'

type LinkTarget = { to: string; params?: Record<string, string> }

interface ContactSheetProps {
  contactId: string
  back: LinkTarget
  /** The contact card, which belongs to another feature. */
  card: ReactNode
  ticketLink: (ticket: ServedTicket) => LinkTarget
  /** Opens the templates, for an active message. */
  onOpenTemplates: (contact: { id: string; name: string }) => void
}

export function ContactSheet({ contactId, back, card, ticketLink, onOpenTemplates }: ContactSheetProps) {
  const { t } = useLingui()
  const contact = useContact(contactId)
  const merge = useMerge(contactId)
  const [isMerging, setMerging] = useState(false)
  const phone = formatPhone(contact.data?.phone)
  const name = contact.data ? contactName(contact.data) : ''

  useEffect(() => {
    document.title = name ? `${name} · Balcão` : 'Contatos · Balcão'
  }, [name])

  if (contact.isPending) {
    return (
      <div className="contact-sheet">
        <header className="ticket-head">
          <HeaderSkeleton />
        </header>
        <ThreadSkeleton />
      </div>
    )
  }
  if (!contact.data) {
    return (
      <div className="contact-sheet">
        <ErrorState
          title={<Trans>Não deu para abrir este contato</Trans>}
          problem={contact.error}
          onRetry={() => void contact.refetch()}
          back={
            <Link {...back} className="btn back">
              <Trans>Voltar à lista</Trans>
            </Link>
          }
        />
      </div>
    )
  }
  const page = contact.data
  return (
    <div className="contact-sheet">
      <header className="ticket-head">
        <Link {...back} className="icon-btn back" aria-label={t`Voltar à lista`}>
          <ChevronLeft className="i" aria-hidden="true" />
        </Link>
        <Avatar id={page.id} initials={page.initials} size={40} />
        <div className="ticket-title">
          <h1 dir="auto">{name}</h1>
          <p>
            {phone && phone !== name && <span>{phone}</span>}
            <span>
              <Trans>Cliente desde {formatDate(page.created_at)}</Trans>
            </span>
          </p>
        </div>
        <div className="ticket-actions">
          <button
            type="button"
            className="btn is-kept"
            onClick={() => onOpenTemplates({ id: page.id, name })}
            disabled={page.erased}
          >
            <Bell className="i i-md" aria-hidden="true" />
            <Trans>Enviar modelo</Trans>
          </button>
          <button
            type="button"
            className="btn is-kept"
            onClick={() => setMerging(true)}
            disabled={merge.isPending || page.erased}
          >
            <Combine className="i i-md" aria-hidden="true" />
            <Trans>Juntar contatos</Trans>
          </button>
        </div>
      </header>
      <div className="contact-body">
        <div className="aside is-plain">
          <h2 className="visually-hidden">
            <Trans>Quem é</Trans>
          </h2>
          {card}
          <Identities page={page} />
          <Aliases page={page} />
          {page.bot_variables && <BotVariables page={page} />}
        </div>
        <div className="contact-history">
          <MergeSuggestions page={page} onMerge={(other) => merge.mutate(other)} />
          <ContactTickets contactId={page.id} ticketLink={ticketLink} />
          <ContactHistory contactId={page.id} />
        </div>
      </div>
      {isMerging && (
        <MergeDialog
          person={{ id: page.id, name }}
          onClose={() => setMerging(false)}
          onSubmit={merge.mutate}
        />
      )}
    </div>
  )
}
