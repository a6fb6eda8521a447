/** Defines a variable, or changes what one is taken from. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import type { Variable, VariableSource } from '../../api'
import { foldName, isName, MAX_VARIABLE_NAME } from '../../lib/variables'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { useChangeVariable } from './requests/useChangeVariable'
import { useDefineVariable } from './requests/useDefineVariable'
import { fieldOf, groups, KEYED, type Kind } from './variableSources'

const MAX_KEY = 90
const MAX_TEXT = 1_000

interface VariableFormProps {
  /** Null for a new one. */
  variable: Variable | null
  others: readonly Variable[]
  onClose: () => void
}

export function VariableForm({ variable, others, onClose }: VariableFormProps) {
  const { t, i18n } = useLingui()
  const define = useDefineVariable()
  const change = useChangeVariable()
  const initial = fieldOf(variable ?? { kind: 'fixed' })
  const [written, setWritten] = useState('')
  const [selected, setSelected] = useState(`${initial.field.kind}.${initial.field.field}`)
  const [key, setKey] = useState(initial.key)
  const [text, setText] = useState(variable?.value ?? '')

  const kind = selected.slice(0, selected.indexOf('.')) as Kind
  const field = selected.slice(kind.length + 1)
  const isKeyed = KEYED.some((prefix) => prefix === field)
  const name = variable?.name ?? foldName(written.trim().replace(/^\$/, ''))
  const isTaken = !variable && others.some((other) => other.name === name)
  const isWrong = !variable && name !== '' && !isName(name)
  const isSourceComplete = kind === 'fixed' ? text.trim() !== '' : !isKeyed || key.trim() !== ''
  const isPending = define.isPending || change.isPending
  const canSubmit = isName(name) && !isTaken && isSourceComplete && !isPending

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    const source: VariableSource =
      kind === 'fixed' ? { kind, value: text } : { kind, field: isKeyed ? field + key.trim() : field }
    if (variable) change.mutate({ id: variable.id, name, body: source }, { onSuccess: onClose })
    else define.mutate({ name, ...source }, { onSuccess: onClose })
  }
  const error = isTaken
    ? t`Este nome já está em uso.`
    : isWrong
      ? t`Até ${MAX_VARIABLE_NAME} letras, números e _; começa com letra e não termina com _.`
      : null

  return (
    <Dialog title={variable ? `$${variable.name}` : t`Nova variável`} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          {variable ? (
            <p className="soft">
              <Trans>O nome fica: há textos que o usam.</Trans>
            </p>
          ) : (
            <div className="field">
              <div className="label">
                <label htmlFor="variable-name">
                  <Trans>Nome</Trans>
                </label>
                <span className="hint" id="variable-name-hint">
                  {isName(name) ? t`nos textos: ${`$${name}`}` : t`por exemplo: prazo_troca`}
                </span>
              </div>
              <input
                id="variable-name"
                className="input"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                autoFocus
                maxLength={MAX_VARIABLE_NAME + 1}
                aria-invalid={error !== null}
                aria-describedby={error ? 'variable-name-error' : 'variable-name-hint'}
                value={written}
                onChange={(event) => setWritten(event.target.value)}
              />
              {error && (
                <p className="field-error" id="variable-name-error" role="alert">
                  {error}
                </p>
              )}
            </div>
          )}
          <div className="field">
            <label htmlFor="variable-source">
              <Trans>De onde vem o valor</Trans>
            </label>
            <select
              id="variable-source"
              className="input"
              value={selected}
              onChange={(event) => setSelected(event.target.value)}
            >
              {groups.map((group) =>
                group.kind === 'fixed' ? (
                  <option key={group.kind} value="fixed.">
                    {i18n._(group.label)}
                  </option>
                ) : (
                  <optgroup key={group.kind} label={i18n._(group.label)}>
                    {group.fields.map((one) => (
                      <option key={one.field} value={`${one.kind}.${one.field}`}>
                        {i18n._(one.label)}
                      </option>
                    ))}
                  </optgroup>
                ),
              )}
            </select>
          </div>
          {kind === 'fixed' && (
            <div className="field">
              <label htmlFor="variable-text">
                <Trans>Texto</Trans>
              </label>
              <textarea
                id="variable-text"
                className="input"
                rows={3}
                maxLength={MAX_TEXT}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </div>
          )}
          {isKeyed && (
            <div className="field">
              <div className="label">
                <label htmlFor="variable-key">
                  {field === 'bot:' ? <Trans>Nome do dado</Trans> : <Trans>Nome do campo</Trans>}
                </label>
                <span className="hint" id="variable-key-hint">
                  {field === 'bot:' ? t`como o bot o entrega` : t`como está na ficha do contato`}
                </span>
              </div>
              <input
                id="variable-key"
                className="input"
                autoComplete="off"
                maxLength={MAX_KEY}
                aria-describedby="variable-key-hint"
                value={key}
                onChange={(event) => setKey(event.target.value)}
              />
            </div>
          )}
        </div>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          {variable ? <Trans>Salvar</Trans> : <Trans>Criar variável</Trans>}
        </DialogFooter>
      </form>
    </Dialog>
  )
}
