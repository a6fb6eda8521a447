/** The delivery status of an outgoing message, with WhatsApp's ticks. */

import { t } from '@lingui/core/macro'
import { Check, CheckCheck, CircleAlert, CircleQuestionMark, Clock } from 'lucide-react'

export type DeliveryStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unconfirmed'

export function deliveryLabel(status: DeliveryStatus): string {
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

export function Ticks({ status }: { status: DeliveryStatus }) {
  const Icon = icons[status]
  return (
    <Icon
      className={status === 'read' ? 'i is-read' : 'i'}
      role="img"
      aria-hidden={undefined}
      aria-label={deliveryLabel(status)}
      data-status={status}
    />
  )
}
