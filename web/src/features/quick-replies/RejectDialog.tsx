/** Rejects a suggestion with a reason, which its author reads. */

import { Trans } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import { Dialog, DialogFooter } from '../../ui/Dialog'

const MAX_REASON_LENGTH = 500

interface RejectDialogProps {
  name: string
  author: string
  isPending: boolean
  onClose: () => void
  onSubmit: (reason: string) => void
}

export default function RejectDialog({ name, author, isPending, onClose, onSubmit }: RejectDialogProps) {
  const [reason, setReason] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim()) onSubmit(reason.trim())
  }
  return (
    <Dialog title={<Trans>Recusar “{name}”</Trans>} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <div className="field">
            <label htmlFor="reject-reason">
              <Trans>Motivo</Trans>
              <span className="hint">
                <Trans>{author} vai ler</Trans>
              </span>
            </label>
            <textarea
              id="reject-reason"
              className="input"
              rows={3}
              maxLength={MAX_REASON_LENGTH}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
        </div>
        <DialogFooter onClose={onClose} canSubmit={reason.trim() !== '' && !isPending}>
          <Trans>Recusar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
