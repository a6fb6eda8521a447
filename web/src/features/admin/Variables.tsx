/** Variables: define, change, archive. */

import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Archive, CircleAlert, Pencil, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Variable } from '../../api'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { AdminList } from './AdminList'
import { useAdminVariables } from './requests/useAdminVariables'
import { useArchiveVariable } from './requests/useArchiveVariable'
import { useQuickRepliesWith } from './requests/useQuickRepliesWith'
import { VariableForm } from './VariableForm'
import { sourceText } from './variableSources'

/** Quick replies that are named before one is archived. */
const MAX_NAMED = 5

type Opened = { form: Variable | 'new' } | { archive: Variable } | null

export function Variables() {
  const { t } = useLingui()
  const variables = useAdminVariables()
  const archive = useArchiveVariable()
  const [opened, setOpened] = useState<Opened>(null)
  const close = () => setOpened(null)
  return (
    <>
      <p className="soft">
        <Trans>
          Em mensagens e respostas prontas, <span className="var">$nome</span> vira o valor da conversa na
          hora de escrever. Sem valor, a mensagem espera. Para um cifrão antes de uma letra, escreva{' '}
          <span className="var">$$</span>.
        </Trans>
      </p>
      <div className="admin-new">
        <button type="button" className="btn btn-main" onClick={() => setOpened({ form: 'new' })}>
          <Plus className="i i-md" aria-hidden="true" />
          <Trans>Nova variável</Trans>
        </button>
      </div>
      <AdminList label={t`Variáveis`} query={variables} empty={<Trans>Nenhuma variável.</Trans>}>
        {(variable) => (
          <VariableRow
            key={variable.id}
            variable={variable}
            onEdit={() => setOpened({ form: variable })}
            onArchive={() => setOpened({ archive: variable })}
          />
        )}
      </AdminList>
      {opened && 'form' in opened && (
        <VariableForm
          variable={opened.form === 'new' ? null : opened.form}
          others={variables.data ?? []}
          onClose={close}
        />
      )}
      {opened && 'archive' in opened && (
        <ArchiveDialog
          variable={opened.archive}
          onClose={close}
          onSubmit={() => archive.mutate(opened.archive)}
        />
      )}
    </>
  )
}

interface VariableRowProps {
  variable: Variable
  onEdit: () => void
  onArchive: () => void
}

function VariableRow({ variable, onEdit, onArchive }: VariableRowProps) {
  const { t, i18n } = useLingui()
  const name = `$${variable.name}`
  return (
    <li className="admin-row">
      <span className="admin-text">
        <b>
          <span className="var">{name}</span>
        </b>
        <small className="is-one-line">{sourceText(variable, (label) => i18n._(label))}</small>
      </span>
      <button type="button" className="btn" aria-label={t`Editar ${name}`} onClick={onEdit}>
        <Pencil className="i i-md" aria-hidden="true" />
        <span className="btn-text">
          <Trans>Editar</Trans>
        </span>
      </button>
      <button type="button" className="btn" aria-label={t`Arquivar ${name}`} onClick={onArchive}>
        <Archive className="i i-md" aria-hidden="true" />
        <span className="btn-text">
          <Trans>Arquivar</Trans>
        </span>
      </button>
    </li>
  )
}

interface ArchiveDialogProps {
  variable: Variable
  onClose: () => void
  onSubmit: () => void
}

function ArchiveDialog({ variable, onClose, onSubmit }: ArchiveDialogProps) {
  const name = `$${variable.name}`
  const users = useQuickRepliesWith(variable.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
    onClose()
  }
  return (
    <Dialog title={<Trans>Arquivar {name}?</Trans>} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p>
            <Trans>
              Textos que usam {name} ficam sem valor: não saem enquanto ela não for trocada por outra.
            </Trans>
          </p>
          {users.data && users.data.length > 0 && (
            <div className="callout is-danger">
              <CircleAlert className="i" aria-hidden="true" />
              <div>
                <Plural
                  value={users.data.length}
                  one="# resposta pronta usa esta variável:"
                  other="# respostas prontas usam esta variável:"
                />{' '}
                {users.data
                  .slice(0, MAX_NAMED)
                  .map((reply) => reply.name)
                  .join(', ')}
                {users.data.length > MAX_NAMED && '…'}
              </div>
            </div>
          )}
        </div>
        <DialogFooter onClose={onClose} canSubmit>
          <Trans>Arquivar variável</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
