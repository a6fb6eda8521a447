/** All tickets of a contact, newest first. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ServedTicket } from '../../api'
import { problemText } from '../../lib/problem'
import { formatDayAndTime, useNow } from '../../lib/time'
import { LinesSkeleton } from '../../ui/Skeleton'
import { useContactTickets } from './requests/useContactTickets'

interface ContactTicketsProps {
  contactId: string
  ticketLink: (ticket: ServedTicket) => { to: string; params?: Record<string, string> }
}

export function ContactTickets({ contactId, ticketLink }: ContactTicketsProps) {
  const { t } = useLingui()
  const now = useNow()
  const served = useContactTickets(contactId)
  const tickets = served.data?.pages.flatMap((page) => page.items)
  const stateLabels: Record<ServedTicket['state'], string> = {
    bot: t`Com o bot`,
    queue: t`Na fila`,
    open: t`Aberto`,
    snoozed: t`Adiado`,
    closed: t`Encerrado`,
  }
  return (
    <section>
      <h2>
        <Trans>Atendimentos</Trans>
      </h2>
      {served.isPending && <LinesSkeleton />}
      {served.isError && !tickets && (
        <p className="failed is-left" role="alert">
          <Trans>Os atendimentos não vieram: {problemText(served.error)}.</Trans>
          <button type="button" className="again" onClick={() => void served.refetch()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      {tickets?.length === 0 && <p className="hint">{t`Nenhum que você possa ver.`}</p>}
      <ul className="served" aria-label={t`Atendimentos`}>
        {tickets?.map((one) => (
          <li key={`${one.conversation_id}/${one.number}`}>
            <Link {...ticketLink(one)}>
              <span className={one.state === 'closed' ? 'chip' : 'chip chip-ok'}>
                {stateLabels[one.state]}
              </span>
              <b dir="auto">{one.close_reason ?? t`Protocolo ${one.protocol}`}</b>
              <small>
                {[
                  formatDayAndTime(one.closed_at ?? one.opened_at, now),
                  one.owner?.name,
                  one.team?.name,
                  one.tags.join(', '),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </Link>
          </li>
        ))}
      </ul>
      {served.hasNextPage && (
        <button type="button" className="btn btn-sm" onClick={() => void served.fetchNextPage()}>
          <Trans>Mostrar mais</Trans>
        </button>
      )}
    </section>
  )
}
