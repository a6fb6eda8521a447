/** How far a message of ours has come, as WhatsApp's readers know it. */

import { t } from '@lingui/core/macro'
import { Check, CheckCheck, CircleAlert, CircleQuestionMark, Clock } from 'lucide-react'

export type Delivery = 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unconfirmed'

export function wordsForDelivery(status: Delivery): string {
  switch (status) {
    case 'pending':
      return t`Enviando`
    case 'sent':
      return t`Enviada`
    case 'delivered':
      return t`Entregue`
    case 'read':
      return t`Lida`
    case 'failed':
      return t`Não enviada`
    case 'unconfirmed':
      return t`Sem confirmação`
  }
}

const icons = {
  pending: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
  unconfirmed: CircleQuestionMark,
}

export function Ticks({ status }: { status: Delivery }) {
  const Icon = icons[status]
  return (
    <Icon
      className={status === 'read' ? 'i is-read' : 'i'}
      role="img"
      aria-hidden={undefined}
      aria-label={wordsForDelivery(status)}
      data-status={status}
    />
  )
}
