/** Transfers the ticket to another team or agent. */

import { t } from '@lingui/core/macro'
import { type Transfer, transferTicket } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'
import { useUndoToast } from './useUndoToast'

/** `to` is the name of the team or agent, for the confirmation. */
export function useTransfer(ticket: Ticket) {
  const showUndo = useUndoToast(ticket)
  return useTicketMutation(ticket, {
    mutationFn: ({ body }: { body: Transfer; to: string }) =>
      unwrap(transferTicket({ ...moveOf(ticket), body })),
    onSuccess: (moved, { to }) => showUndo(t`Conversa transferida para ${to}.`, moved),
  })
}
