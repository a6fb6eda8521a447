/** Snoozes the ticket; moves the time when it is already snoozed. */

import { t } from '@lingui/core/macro'
import { type Snooze, snooze } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { serverNow } from '../../../../lib/serverClock'
import { formatDayAndTime } from '../../../../lib/time'
import { moveOf, useTicketMutation } from '../../useTicketMutation'
import { useUndoToast } from './useUndoToast'

export function useSnooze(ticket: Ticket) {
  const showUndo = useUndoToast(ticket)
  return useTicketMutation(ticket, {
    mutationFn: (body: Snooze) => unwrap(snooze({ ...moveOf(ticket), body })),
    onSuccess: (moved) => {
      const hour = formatDayAndTime(moved.snoozed_until, serverNow())
      showUndo(t`Conversa adiada: volta ${hour}.`, moved)
    },
  })
}
