/** The contact panel: details of the contact and of this ticket. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { Conversation, Me } from '../../../lib/contract'
import { formatPhone } from '../../../lib/formatPhone'
import { formatDayAndTime, formatDuration, useNow } from '../../../lib/time'
import { windowAt } from '../../../lib/window'
import { AgentAvatar } from '../../../ui/AgentAvatar'
import { Avatar } from '../../../ui/Avatar'
import { Tags, TagsField } from '../../../ui/TagsField'
import { ticketStatus } from '../ticketStatus'
import { ContactCard } from './ContactCard'
import { HandOffDetails } from './HandOffDetails'
import { PastTickets } from './PastTickets'
import { useSetTags } from './requests/useSetTags'

export function ContactPanel({
  conversation,
  name,
  me,
  page,
}: {
  conversation: Conversation
  name: string
  me: Me
  /** The link to the contact's page. */
  page: { to: string; params: Record<string, string> }
}) {
  const { t } = useLingui()
  const now = useNow()
  const { ticket, contact, channel, access } = conversation
  const setTags = useSetTags(ticket)
  const window = windowAt(contact.erased ? null : ticket.window_ends_at, now)
  return (
    <aside className="aside" aria-label={t`Contato`}>
      <div className="aside-top">
        <Avatar id={contact.id} initials={contact.initials} window={window} size={52} />
        <div>
          <h2 dir="auto">
            <Link {...page} aria-label={t`Abrir a página de ${name}`}>
              {name}
            </Link>
          </h2>
          <p className="hint">{formatPhone(contact.phone) ?? t`Sem telefone visível`}</p>
        </div>
      </div>
      <HandOffDetails ticket={ticket} />
      <ContactCard contactId={contact.id} canEdit={access === 'full'} />
      <section>
        <h3>
          <Trans>Atendimento</Trans>
        </h3>
        <dl className="facts">
          <dt>
            <Trans>Situação</Trans>
          </dt>
          <dd>{ticketStatus(ticket, ticket.owner?.id === me.id)}</dd>
          {ticket.owner && (
            <>
              <dt>
                <Trans>Responsável</Trans>
              </dt>
              <dd className="with-avatar">
                <AgentAvatar name={ticket.owner.name} small />
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
              <dd>{formatDuration(now - Date.parse(ticket.unanswered_since))}</dd>
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
        {access === 'full' ? (
          <TagsField tags={ticket.tags} onChange={setTags.mutate} />
        ) : ticket.tags.length > 0 ? (
          <Tags tags={ticket.tags} />
        ) : (
          <p className="hint">{t`Nenhuma.`}</p>
        )}
      </section>
      {!contact.erased && (
        <section>
          <h3>
            <Trans>Janela de 24 horas</Trans>
          </h3>
          <dl className="facts">
            <dt>{window.state === 'closed' ? <Trans>Fechou</Trans> : <Trans>Fecha</Trans>}</dt>
            <dd>
              {ticket.window_ends_at
                ? formatDayAndTime(ticket.window_ends_at, now)
                : t`o cliente ainda não escreveu`}
            </dd>
            {window.state !== 'closed' && (
              <>
                <dt>
                  <Trans>Faltam</Trans>
                </dt>
                <dd>{formatDuration(window.leftMs)}</dd>
              </>
            )}
          </dl>
        </section>
      )}
      <PastTickets ticket={ticket} />
    </aside>
  )
}
