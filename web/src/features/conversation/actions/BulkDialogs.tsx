/** The dialogs of a bulk action. */

import { plural } from '@lingui/core/macro'
import type { Ticket } from '../../../lib/contract'
import { BotDialog, CloseDialog, SnoozeDialog, TagDialog, TransferDialog } from './dialogs'
import type { BulkAction } from './requests/useBulkAction'

export type BulkDialog = 'bot' | 'transfer' | 'snooze' | 'tag' | 'close'

interface BulkDialogsProps {
  /** The open dialog. */
  dialog: BulkDialog | null
  tickets: readonly Ticket[]
  run: (action: BulkAction) => void
  onClose: () => void
}

export function BulkDialogs({ dialog, tickets, run, onClose }: BulkDialogsProps) {
  const many = tickets.length
  return (
    <>
      {dialog === 'bot' && (
        <BotDialog
          title={plural(many, { one: 'Ativar bot em # conversa', other: 'Ativar bot em # conversas' })}
          many={many}
          onClose={onClose}
          onSubmit={(how) => run({ action: 'bot', ...how })}
        />
      )}
      {dialog === 'transfer' && (
        <TransferDialog
          title={plural(many, { one: 'Transferir # conversa', other: 'Transferir # conversas' })}
          onClose={onClose}
          onSubmit={(to) => run({ action: 'transfer', ...to })}
        />
      )}
      {dialog === 'snooze' && (
        <SnoozeDialog
          title={plural(many, { one: 'Adiar # conversa', other: 'Adiar # conversas' })}
          until={null}
          windowEndsAt={earliestWindowEnd(tickets)}
          onClose={onClose}
          onSubmit={(off) => run({ action: 'snooze', ...off })}
        />
      )}
      {dialog === 'tag' && (
        <TagDialog
          title={plural(many, { one: 'Etiquetar # atendimento', other: 'Etiquetar # atendimentos' })}
          onClose={onClose}
          onSubmit={(tags) => run({ action: 'tag', tags })}
        />
      )}
      {dialog === 'close' && (
        <CloseDialog
          title={plural(many, { one: 'Encerrar # atendimento?', other: 'Encerrar # atendimentos?' })}
          many={many}
          onClose={onClose}
          onSubmit={(end) => run({ action: 'close', ...end })}
        />
      )}
    </>
  )
}

/** The first of several windows to close; null when one has never been open. */
function earliestWindowEnd(tickets: readonly Ticket[]): string | null {
  const ends = tickets.map((ticket) => ticket.window_ends_at)
  return ends.includes(null) ? null : (ends.sort()[0] ?? null)
}
