/** A conversation as it was at one moment: the ticket, the window, the end of the thread. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { ChevronLeft, History } from 'lucide-react'
import type { AsOf } from '../../../api'
import { problemText } from '../../../lib/problem'
import { formatDayAndTime, formatTime, useNow } from '../../../lib/time'
import { messageKind } from '../../../ui/messageKind'
import { LinesSkeleton } from '../../../ui/Skeleton'
import { ticketStatus } from '../ticketStatus'
import { usePastVersion } from './requests/usePastVersion'

interface PastVersionProps {
  conversationId: string
  name: string
  at: string | null
  onBack: () => void
}

export function PastVersion({ conversationId, name, at, onBack }: PastVersionProps) {
  const now = useNow()
  const version = usePastVersion(conversationId, at)
  return (
    <section className="past-version" aria-label={t`Como estava`}>
      {at === null && (
        <div className="past-version-empty">
          <History className="i i-lg" aria-hidden="true" />
          <p>
            <Trans>Escolha um momento ao lado, e a conversa aparece aqui como estava então.</Trans>
          </p>
        </div>
      )}
      {at !== null && (
        <button type="button" className="btn btn-sm btn-quiet past-version-back" onClick={onBack}>
          <ChevronLeft className="i i-sm" aria-hidden="true" />
          <Trans>Histórico</Trans>
        </button>
      )}
      {at !== null && version.isPending && <LinesSkeleton />}
      {version.isError && (
        <p className="failed is-left" role="alert">
          <Trans>Não dá para mostrar: {problemText(version.error)}.</Trans>
        </p>
      )}
      {at !== null && version.data && (
        <>
          <h3>
            <Trans>Como estava: {formatDayAndTime(version.data.at, now)}</Trans>
          </h3>
          <PastTicket then={version.data} />
          <ol className="past-version-thread" aria-label={t`Fim da conversa naquele momento`}>
            {version.data.messages.map((message) => (
              <li key={message.id} className={`is-${message.direction}`}>
                <small>
                  {message.author.name ?? (message.direction === 'in' ? name : t`Balcão`)},{' '}
                  {formatTime(message.sent_at)}
                </small>
                <span dir="auto">
                  {message.text ?? messageKind(message.type)?.name ?? t`Mensagem sem texto`}
                </span>
              </li>
            ))}
          </ol>
          {version.data.messages.length === 0 && <p className="hint">{t`Ainda sem mensagens.`}</p>}
        </>
      )}
    </section>
  )
}

function PastTicket({ then: { ticket, window, at } }: { then: AsOf }) {
  if (!ticket) {
    return <p className="hint">{t`Ainda não havia um atendimento que você possa ver.`}</p>
  }
  const facts: [string, string | null | undefined][] = [
    [t`Situação`, ticketStatus(ticket, false)],
    [t`Responsável`, ticket.owner?.name],
    [t`Equipe`, ticket.team?.name],
    [t`Resposta`, ticket.unanswered ? t`não respondida` : t`respondida`],
    [
      t`Janela`,
      window.open && window.ends_at
        ? t`aberta até ${formatDayAndTime(window.ends_at, Date.parse(at))}`
        : t`fechada`,
    ],
    [t`Adiada até`, ticket.snoozed_until && formatDayAndTime(ticket.snoozed_until, Date.parse(at))],
    [t`Etiquetas`, ticket.tags.join(', ')],
    [t`Motivo do fim`, ticket.close_reason],
  ]
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div className="fact-row" key={label}>
            <dt>{label}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
    </dl>
  )
}
