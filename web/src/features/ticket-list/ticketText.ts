/** A ticket in words: how its link is called, and its last line. */

import { plural, t } from '@lingui/core/macro'
import type { Ticket } from '../../lib/contract'
import { readablePhone } from '../../lib/formatPhone'
import { span } from '../../lib/time'
import type { Window24 } from '../../lib/window'
import { kindOf } from '../../ui/messageKind'

/** A contact without a name is called by their number, written as people write it. */
export function nameOf({ contact: { name, phone } }: Ticket): string {
  return (name !== phone && name) || readablePhone(phone) || name || t`Contato sem nome`
}

/** "Rosa Fontes, não respondida, 2 mensagens não lidas, janela fecha em 39 min". */
export function linkName(ticket: Ticket, window: Window24): string {
  const parts = [nameOf(ticket)]
  if (ticket.pinned) parts.push(t`fixado`)
  if (ticket.state === 'closed') parts.push(t`encerrado`)
  else if (ticket.state === 'snoozed') parts.push(t`adiado`)
  if (ticket.state !== 'closed') parts.push(ticket.unanswered ? t`não respondida` : t`respondida`)
  if (ticket.unread > 0) {
    parts.push(plural(ticket.unread, { one: '# mensagem não lida', other: '# mensagens não lidas' }))
  }
  parts.push(window.state === 'closed' ? t`janela fechada` : t`janela fecha em ${span(window.leftMs, false)}`)
  if (ticket.window_warned && window.state !== 'closed') parts.push(t`antes da volta`)
  return parts.join(', ')
}

export function lastWords(ticket: Ticket): string {
  const last = ticket.last_message
  if (!last) return t`Sem mensagens`
  const text = last.text?.trim() || kindOf(last.type)?.name || t`Mensagem sem texto`
  return last.direction === 'out' ? t`Nós: ${text}` : text
}
