/** Asks before a logout that would remove texts which are nowhere else. */

import { Plural, Trans } from '@lingui/react/macro'
import type { FormEvent } from 'react'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import type { UnsentTexts } from './unsentTexts'

interface UnsentDialogProps {
  unsent: UnsentTexts
  onClose: () => void
  onSubmit: () => void
}

export function UnsentDialog({ unsent, onClose, onSubmit }: UnsentDialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onClose()
    onSubmit()
  }
  return (
    <Dialog title={<Trans>Sair e apagar o que falta enviar?</Trans>} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p>
            <Trans>Só este navegador tem:</Trans>
          </p>
          <ul>
            {unsent.messages > 0 && (
              <li>
                <Plural
                  value={unsent.messages}
                  one="# mensagem não enviada"
                  other="# mensagens não enviadas"
                />
              </li>
            )}
            {unsent.notes > 0 && (
              <li>
                <Plural value={unsent.notes} one="# nota não guardada" other="# notas não guardadas" />
              </li>
            )}
            {unsent.drafts > 0 && (
              <li>
                <Plural
                  value={unsent.drafts}
                  one="# rascunho não guardado"
                  other="# rascunhos não guardados"
                />
              </li>
            )}
          </ul>
          <p className="soft">
            <Trans>Ao sair, tudo o que você escreveu é apagado deste navegador.</Trans>
          </p>
        </div>
        <DialogFooter onClose={onClose} canSubmit>
          <Trans>Sair e apagar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
