/** The dialogs of one ticket; each is loaded when it is first opened. */

import { Trans } from '@lingui/react/macro'
import { lazy, Suspense } from 'react'
import type { Ticket } from '../../../lib/contract'
import type { TicketActions } from './useTicketActions'

const loadDialogs = () => import('./dialogs')
const BotDialog = lazy(async () => ({ default: (await loadDialogs()).BotDialog }))
const CloseDialog = lazy(async () => ({ default: (await loadDialogs()).CloseDialog }))
const HistoryDialog = lazy(async () => ({
  default: (await import('../history/HistoryDialog')).HistoryDialog,
}))
const SnoozeDialog = lazy(async () => ({ default: (await loadDialogs()).SnoozeDialog }))
const TransferDialog = lazy(async () => ({ default: (await loadDialogs()).TransferDialog }))

export type TicketDialog = 'bot' | 'history' | 'snooze' | 'transfer' | 'close'

interface TicketDialogsProps {
  /** The open dialog. */
  dialog: TicketDialog | null
  ticket: Ticket
  name: string
  actions: TicketActions
  onClose: () => void
}

export function TicketDialogs({ dialog, ticket, name, actions, onClose }: TicketDialogsProps) {
  return (
    <Suspense>
      {dialog === 'bot' && (
        <BotDialog
          title={<Trans>Ativar bot na conversa com {name}</Trans>}
          name={name}
          onClose={onClose}
          onSubmit={actions.giveToBot.mutate}
        />
      )}
      {dialog === 'snooze' && (
        <SnoozeDialog
          title={<Trans>Adiar conversa com {name}</Trans>}
          until={ticket.snoozed_until}
          windowEndsAt={ticket.window_ends_at}
          onClose={onClose}
          onSubmit={actions.snooze.mutate}
        />
      )}
      {dialog === 'transfer' && (
        <TransferDialog
          title={<Trans>Transferir a conversa com {name}</Trans>}
          ticket={ticket}
          onClose={onClose}
          onSubmit={(body, to) => actions.transfer.mutate({ body, to })}
        />
      )}
      {dialog === 'history' && (
        <HistoryDialog conversationId={ticket.conversation_id} name={name} onClose={onClose} />
      )}
      {dialog === 'close' && (
        <CloseDialog
          title={<Trans>Encerrar o atendimento de {name}?</Trans>}
          onClose={onClose}
          onSubmit={actions.close.mutate}
        />
      )}
    </Suspense>
  )
}
