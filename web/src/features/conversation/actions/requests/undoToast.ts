/** A notice with the button "Desfazer", which goes when there is nothing left to undo. */

import { t } from '@lingui/core/macro'
import { toast } from 'sonner'
import { onChange } from '../../../../lib/live/changeBuffer'

/** A ticket, and the control version that the move to be undone gave it. */
export interface Move {
  conversation_id: string
  control: number | null
}

/** Shows `text` for `durationMs`, or until each of the tickets has been moved again, by whomever. */
export function undoToast(text: string, moves: readonly Move[], durationMs: number, undo: () => void): void {
  const undoable = new Map(moves.map(({ conversation_id, control }) => [conversation_id, control ?? 0]))
  const stop = onChange(({ tickets }) => {
    for (const { conversation_id, control } of tickets) {
      if (control > (undoable.get(conversation_id) ?? control)) undoable.delete(conversation_id)
    }
    if (undoable.size > 0) return
    stop()
    toast.dismiss(id)
  })
  const id = toast.success(text, {
    duration: durationMs,
    closeButton: true,
    action: {
      label: t`Desfazer`,
      onClick: () => {
        stop()
        undo()
      },
    },
    onDismiss: stop,
    onAutoClose: stop,
  })
}
