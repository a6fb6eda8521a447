/** What is known of the contact, and of this ticket. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { Conversation, Me } from '../../../lib/contract'
import { readablePhone } from '../../../lib/formatPhone'
import { dayAndHour, span, useNow } from '../../../lib/time'
import { windowAt } from '../../../lib/window'
import { Face } from '../../../ui/AgentAvatar'
import { Square } from '../../../ui/Avatar'
import { TagsField } from '../../../ui/TagsField'
import { useTicketActions } from '../actions/requests/useTicketActions'
import { whoHas } from '../ticketStatus'
import { ContactCard } from './ContactCard'
import { HandOff } from './HandOffDetails'
import { PastTickets } from './PastTickets'

export function ContactPanel({
  conversation,
  name,
  me,
  page,
}: {
  conversation: Conversation
  name: string
  me: Me
  /** Where all of the contact stands. */
  page: { to: string; params: Record<string, string> }
}) {
  const { t } = useLingui()
  const now = useNow()
  const { ticket, contact, channel } = conversation
  const { tag } = useTicketActions(ticket, me.id)
  const window = windowAt(ticket.window_ends_at, now)
  return (
    <aside className="aside" aria-label={t`Contato`}>
      <div className="aside-top">
        <Square id={contact.id} initials={contact.initials} window={window} size={52} />
        <div>
          <h2 dir="auto">
            <Link {...page} aria-label={t`Abrir a página de ${name}`}>
              {name}
            </Link>
          </h2>
          <p className="hint">{readablePhone(contact.phone) ?? t`Sem telefone visível`}</p>
        </div>
      </div>
      <HandOff ticket={ticket} />
      <ContactCard contactId={contact.id} />
      <section>
        <h3>
          <Trans>Atendimento</Trans>
        </h3>
        <dl className="facts">
          <dt>
            <Trans>Situação</Trans>
          </dt>
          <dd>{whoHas(ticket, ticket.owner?.id === me.id)}</dd>
          {ticket.owner && (
            <>
              <dt>
                <Trans>Responsável</Trans>
              </dt>
              <dd className="with-face">
                <Face name={ticket.owner.name} small />
                {ticket.owner.name}
              </dd>
            </>
          )}
          {ticket.team && (
            <>
              <dt>
                <Trans>Equipe</Trans>
              </dt>
              <dd dir="auto">{ticket.team.name}</dd>
            </>
          )}
          <dt>
            <Trans>Canal</Trans>
          </dt>
          <dd dir="auto">{channel.has_bot ? t`${channel.name}, com bot` : t`${channel.name}, sem bot`}</dd>
          <dt>
            <Trans>Protocolo</Trans>
          </dt>
          <dd>{ticket.protocol}</dd>
          {ticket.unanswered_since && (
            <>
              <dt>
                <Trans>Espera há</Trans>
              </dt>
              <dd>{span(now - Date.parse(ticket.unanswered_since))}</dd>
            </>
          )}
          {ticket.close_reason && (
            <>
              <dt>
                <Trans>Encerrado</Trans>
              </dt>
              <dd dir="auto">{ticket.close_reason}</dd>
            </>
          )}
        </dl>
      </section>
      <section>
        <h3>
          <Trans>Etiquetas</Trans>
        </h3>
        <TagsField tags={ticket.tags} change={tag.mutate} />
      </section>
      <section>
        <h3>
          <Trans>Janela de 24 horas</Trans>
        </h3>
        <dl className="facts">
          <dt>{window.state === 'closed' ? <Trans>Fechou</Trans> : <Trans>Fecha</Trans>}</dt>
          <dd>
            {ticket.window_ends_at ? dayAndHour(ticket.window_ends_at, now) : t`o cliente ainda não escreveu`}
          </dd>
          {window.state !== 'closed' && (
            <>
              <dt>
                <Trans>Faltam</Trans>
              </dt>
              <dd>{span(window.leftMs)}</dd>
            </>
          )}
        </dl>
      </section>
      <PastTickets ticket={ticket} />
    </aside>
  )
}
