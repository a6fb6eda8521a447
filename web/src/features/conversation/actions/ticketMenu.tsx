/** The menu of the ticket's header. */

import { t } from '@lingui/core/macro'
import {
  AlarmClock,
  ArrowRightLeft,
  Bot,
  CircleCheck,
  MessageCircleDashed,
  Pin,
  PinOff,
  ScrollText,
  Undo2,
} from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import type { Action } from '../../../ui/ActionMenu'
import type { TicketDialog } from './TicketDialogs'
import type { TicketActions } from './useTicketActions'

/** Menu items in the order of the help page. */
export function ticketMenu(
  ticket: Ticket,
  canAct: boolean,
  hasBot: boolean,
  actions: TicketActions,
  openDialog: (dialog: TicketDialog) => void,
): Action[] {
  const pin: Action = {
    id: 'pin',
    label: ticket.pinned ? t`Desafixar` : t`Fixar`,
    icon: ticket.pinned ? (
      <PinOff className="i" aria-hidden="true" />
    ) : (
      <Pin className="i" aria-hidden="true" />
    ),
    onSelect: () => actions.pin.mutate(!ticket.pinned),
  }
  const history: Action = {
    id: 'history',
    label: t`Histórico`,
    icon: <ScrollText className="i" aria-hidden="true" />,
    onSelect: () => openDialog('history'),
  }
  if (!canAct) return [pin, history]
  const waits = ticket.unanswered || ticket.failed
  const items: Action[] = [
    {
      id: 'answered',
      label: waits ? t`Marcar como respondida` : t`Marcar como não respondida`,
      icon: waits ? (
        <CircleCheck className="i" aria-hidden="true" />
      ) : (
        <MessageCircleDashed className="i" aria-hidden="true" />
      ),
      onSelect: () => actions.markAnswered.mutate(waits),
    },
  ]
  if (ticket.state !== 'bot' && hasBot) {
    items.push({
      id: 'bot',
      label: t`Ativar bot`,
      icon: <Bot className="i" aria-hidden="true" />,
      onSelect: () => openDialog('bot'),
    })
  }
  if (ticket.state !== 'bot') {
    items.push(
      {
        id: 'snooze',
        label: ticket.state === 'snoozed' ? t`Mudar a hora da volta` : t`Adiar conversa`,
        icon: <AlarmClock className="i" aria-hidden="true" />,
        onSelect: () => openDialog('snooze'),
      },
      {
        id: 'transfer',
        label: t`Transferir`,
        icon: <ArrowRightLeft className="i" aria-hidden="true" />,
        separatorBefore: true,
        onSelect: () => openDialog('transfer'),
      },
    )
  }
  if (ticket.owner) {
    items.push({
      id: 'queue',
      label: t`Devolver à fila`,
      icon: <Undo2 className="i" aria-hidden="true" />,
      onSelect: () => actions.unassign.mutate(),
    })
  }
  items.push(pin, history, {
    id: 'close',
    label: t`Encerrar atendimento`,
    icon: <CircleCheck className="i" aria-hidden="true" />,
    separatorBefore: true,
    onSelect: () => openDialog('close'),
  })
  return items
}
