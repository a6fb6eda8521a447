/** Everything that an agent can do with one ticket from its header. */

import type { Ticket } from '../../../lib/contract'
import { useAssign } from './requests/useAssign'
import { useClose } from './requests/useClose'
import { useGiveToBot } from './requests/useGiveToBot'
import { useMarkAnswered } from './requests/useMarkAnswered'
import { usePin } from './requests/usePin'
import { useSnooze } from './requests/useSnooze'
import { useTransfer } from './requests/useTransfer'
import { useUnassign } from './requests/useUnassign'
import { useWake } from './requests/useWake'

export type TicketActions = ReturnType<typeof useTicketActions>

export function useTicketActions(ticket: Ticket, meId: string) {
  return {
    assign: useAssign(ticket, meId),
    unassign: useUnassign(ticket),
    transfer: useTransfer(ticket),
    giveToBot: useGiveToBot(ticket),
    snooze: useSnooze(ticket),
    wake: useWake(ticket),
    close: useClose(ticket),
    markAnswered: useMarkAnswered(ticket),
    pin: usePin(ticket),
  }
}
