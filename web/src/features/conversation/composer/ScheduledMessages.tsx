/** The scheduled messages above the composer, each with a button that cancels it. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { CalendarClock, CalendarX, X } from 'lucide-react'
import type { ScheduledMessage } from '../../../api'
import { problemText } from '../../../lib/problem'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { useCancelScheduled } from './requests/useCancelScheduled'
import { useScheduledMessages } from './requests/useScheduledMessages'

interface ScheduledMessagesProps {
  conversationId: string
  canCancel: boolean
}

export function ScheduledMessages({ conversationId, canCancel }: ScheduledMessagesProps) {
  const now = useNow()
  const scheduled = useScheduledMessages(conversationId)
  const cancel = useCancelScheduled(conversationId)
  if (scheduled.isError && !scheduled.data) {
    return (
      <p className="scheduled failed is-left" role="alert">
        <Trans>Os envios agendados não vieram: {problemText(scheduled.error)}.</Trans>
        <button type="button" className="again" onClick={() => void scheduled.refetch()}>
          <Trans>Tentar de novo</Trans>
        </button>
      </p>
    )
  }
  const shown = (scheduled.data ?? []).filter((one) => isShown(one, now))
  if (shown.length === 0) return null
  return (
    <ul className="scheduled" aria-label={t`Envios agendados`}>
      {shown.map((one) => {
        const hour = formatDayAndTime(one.due_at, now)
        const waits = one.state === 'waiting'
        return (
          <li key={one.id} className={waits ? undefined : 'is-off'}>
            {waits ? (
              <CalendarClock className="i i-md" aria-hidden="true" />
            ) : (
              <CalendarX className="i i-md" aria-hidden="true" />
            )}
            <span className="scheduled-words" dir="auto">
              <b>{waits ? <Trans>Sai {hour}</Trans> : cancelReason(one.cause)}</b> {one.text}
            </span>
            {waits && canCancel && (
              <button
                type="button"
                className="icon-btn"
                aria-label={t`Cancelar o envio de ${hour}`}
                title={t`Cancelar envio`}
                disabled={cancel.isPending}
                onClick={() => cancel.mutate(one.id)}
              >
                <X className="i i-md" aria-hidden="true" />
              </button>
            )}
          </li>
        )
      })}
    </ul>
  )
}

const SHOWN_AFTER_MS = 3_600_000

/** Waiting messages, and for an hour those that were cancelled by something else than the agent. */
function isShown({ state, cause, due_at }: ScheduledMessage, now: number): boolean {
  if (state === 'waiting') return true
  return state === 'cancelled' && cause !== 'agent' && now < Date.parse(due_at) + SHOWN_AFTER_MS
}

function cancelReason(cause: ScheduledMessage['cause']): string {
  switch (cause) {
    case 'customer':
      return t`Não sai: o cliente escreveu antes`
    case 'window_closed':
      return t`Não saiu: a janela tinha fechado`
    case 'closed':
      return t`Não sai: o atendimento foi encerrado`
    default:
      return t`Não sai`
  }
}
