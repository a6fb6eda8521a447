/** Asks before a quick reply is archived. */

import { Trans } from '@lingui/react/macro'
import type { FormEvent } from 'react'
import { Dialog, DialogFooter } from '../../ui/Dialog'

interface ArchiveDialogProps {
  name: string
  isPending: boolean
  onClose: () => void
  onSubmit: () => void
}

export function ArchiveDialog({ name, isPending, onClose, onSubmit }: ArchiveDialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog title={<Trans>Arquivar “{name}”?</Trans>} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p className="soft">
            <Trans>
              Ninguém mais a encontra na lista. O que foi enviado com ela e as versões continuam no histórico.
            </Trans>
          </p>
        </div>
        <DialogFooter onClose={onClose} canSubmit={!isPending}>
          <Trans>Arquivar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
