/** Closes one or several tickets, with an optional reason and tags. */

import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { CircleCheck } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { TagsField } from '../../../ui/TagsField'

export interface End {
  reason: string | null
  tags: string[]
}

interface CloseDialogProps {
  title: ReactNode
  /** How many tickets are closed. */
  many?: number
  onClose: () => void
  onSubmit: (what: End) => void
}

export function CloseDialog({ title, many = 1, onClose, onSubmit }: CloseDialogProps) {
  const [reason, setReason] = useState('')
  const [tags, setTags] = useState<readonly string[]>([])
  const commonReasons = [t`Resolvido`, t`Cliente não respondeu`, t`Engano`]

  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({ reason: reason.trim() || null, tags: [...tags] })
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p className="soft">
            <Plural
              value={many}
              one="Ele sai da sua lista, e o que estava agendado não sai mais. Se o cliente escrever de novo, a conversa volta."
              other="Eles saem da sua lista, e o que estava agendado não sai mais. Se um cliente escrever de novo, a conversa dele volta."
            />
          </p>
          <div className="field">
            <label htmlFor="close-why">
              <Trans>Motivo</Trans>
              <span className="hint">
                <Trans>opcional</Trans>
              </span>
            </label>
            <input
              id="close-why"
              className="input"
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            <div className="suggestions">
              {commonReasons.map((one) => (
                <button
                  key={one}
                  type="button"
                  className="suggestion"
                  aria-pressed={reason === one}
                  onClick={() => setReason(reason === one ? '' : one)}
                >
                  {one}
                </button>
              ))}
            </div>
          </div>
          <div className="field">
            <span className="label">
              <Trans>Mais etiquetas</Trans>
              <span className="hint">
                <Trans>opcional</Trans>
              </span>
            </span>
            <TagsField tags={tags} onChange={setTags} />
          </div>
        </div>
        <DialogFooter onClose={onClose} canSubmit>
          <CircleCheck className="i i-md" aria-hidden="true" />
          <Plural value={many} one="Encerrar atendimento" other="Encerrar atendimentos" />
        </DialogFooter>
      </form>
    </Dialog>
  )
}
