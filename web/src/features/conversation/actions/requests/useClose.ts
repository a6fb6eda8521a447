/** Closes the ticket. */

import { t } from '@lingui/core/macro'
import { type Close, closeTicket } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'
import { useUndoToast } from './useUndoToast'

export function useClose(ticket: Ticket) {
  const showUndo = useUndoToast(ticket)
  return useTicketMutation(ticket, {
    mutationFn: (body: Close) => unwrap(closeTicket({ ...moveOf(ticket), body })),
    onSuccess: (moved) =>
      showUndo(
        t`Atendimento encerrado.`,
        moved,
        t`Atendimento reaberto. O que estava agendado continua cancelado.`,
      ),
  })
}
