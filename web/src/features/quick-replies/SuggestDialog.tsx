/** Suggests a quick reply from a message: what is known of the customer must become variables first. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useMemo, useRef, useState } from 'react'
import type { Message } from '../../lib/contract'
import { countCharacters } from '../../lib/countCharacters'
import { problemText } from '../../lib/problem'
import { formatTime } from '../../lib/time'
import type { CompletionFieldHandle } from '../../ui/completion/CompletionField'
import { Dialog } from '../../ui/Dialog'
import { ContentField } from './ContentField'
import { Findings } from './Findings'
import { cutFrom, type PlacedFinding, placeFindings, placeUnknown, replaceAll, written } from './findings'
import { MAX_NAME_LENGTH, MAX_SHORTCUT_LENGTH } from './ReplyDialog'
import { MAX_TEXT_LENGTH, useCheck } from './requests/useCheck'
import { useQuickReplies } from './requests/useQuickReplies'
import { useSuggest } from './requests/useSuggest'

interface SuggestDialogProps {
  message: Message
  /** The customer, as the conversation names them. */
  customer: string
  onClose: () => void
}

export default function SuggestDialog({ message, customer, onClose }: SuggestDialogProps) {
  const { t } = useLingui()
  const field = useRef<CompletionFieldHandle>(null)
  const problems = useRef<HTMLDivElement>(null)
  const [name, setName] = useState('')
  const [shortcut, setShortcut] = useState('')
  const [text, setText] = useState(message.text ?? '')
  const [changedId, setChangedId] = useState('')
  const inUse = useQuickReplies('usable', '').data?.pages.flatMap(({ items }) => items) ?? []
  const suggest = useSuggest()
  const { checked, isCurrent } = useCheck(message, { name, shortcut, text })

  const ofText = useMemo(
    () => checked.data?.findings.filter((finding) => finding.field === 'text') ?? [],
    [checked.data],
  )
  const findings = useMemo(
    () => placeFindings(text, checked.data?.text ?? text, ofText),
    [text, checked.data, ofText],
  )
  const unknown = useMemo(() => placeUnknown(text, checked.data?.unknown ?? []), [text, checked.data])
  const inNames =
    checked.data?.findings.filter(({ field, kind }) => field !== 'text' && kind !== 'author') ?? []
  const blocking = findings.filter(({ blocks }) => blocks).length + unknown.length + inNames.length
  const isWhole = name.trim() !== '' && text.trim() !== '' && countCharacters(text) <= MAX_TEXT_LENGTH
  const canSubmit = isWhole && blocking === 0 && isCurrent && !suggest.isPending

  const pickChanged = (id: string) => {
    setChangedId(id)
    const reply = inUse.find((one) => one.id === id)
    if (!reply) return
    setName(reply.name)
    setShortcut(reply.shortcut ?? '')
  }
  const replace = (finding: PlacedFinding, variable: string | null) => {
    const { start, end } = finding
    if (variable === null) field.current?.replace(cutFrom(text, finding), end, '')
    else field.current?.replace(start, end, written(variable, text.slice(end)))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) {
      problems.current?.querySelector('button')?.focus()
      return
    }
    suggest.mutate(
      {
        conversation_id: message.conversation_id,
        message_id: message.id,
        name: name.trim(),
        shortcut: shortcut.trim() || null,
        text,
        quick_reply_id: changedId || null,
      },
      // What became known of the customer meanwhile is marked, too.
      { onSuccess: onClose, onError: () => void checked.refetch() },
    )
  }
  const why = () => {
    if (text.trim() === '') return name.trim() === '' ? t`Faltam o nome e o conteúdo` : t`Falta o conteúdo`
    if (name.trim() === '') return t`Falta o nome`
    if (!isWhole) return t`O conteúdo é longo demais`
    return blocking > 0
      ? t`Troque o que está marcado para poder enviar`
      : t`Quem administra aprova antes de aparecer`
  }

  return (
    <Dialog title={<Trans>Sugerir resposta pronta</Trans>} onClose={onClose} medium>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <blockquote className="from-message">
            <p className="hint">
              <Trans>
                Da sua mensagem para {customer}, {formatTime(message.sent_at)}
              </Trans>
            </p>
            <p className="soft" dir="auto">
              {message.text}
            </p>
          </blockquote>
          {inUse.length > 0 && (
            <div className="field">
              <label htmlFor="suggest-changed">
                <Trans>O que é</Trans>
              </label>
              <select
                id="suggest-changed"
                className="input"
                value={changedId}
                onChange={(event) => pickChanged(event.target.value)}
              >
                <option value="">{t`Uma resposta nova`}</option>
                {inUse.map((reply) => (
                  <option key={reply.id} value={reply.id}>
                    {t`Mudança de “${reply.name}”`}
                  </option>
                ))}
              </select>
            </div>
          )}
          <div className="field-pair">
            <div className="field">
              <label htmlFor="suggest-name">
                <Trans>Nome</Trans>
                <span className="hint">
                  <Trans>como aparece na lista</Trans>
                </span>
              </label>
              <input
                id="suggest-name"
                className="input"
                maxLength={MAX_NAME_LENGTH}
                autoComplete="off"
                aria-invalid={inNames.some((one) => one.field === 'name') || undefined}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor="suggest-shortcut">
                <Trans>Atalho</Trans>
                <span className="hint">
                  <Trans>se quiser</Trans>
                </span>
              </label>
              <input
                id="suggest-shortcut"
                className="input"
                maxLength={MAX_SHORTCUT_LENGTH}
                autoComplete="off"
                placeholder="/ola"
                aria-invalid={inNames.some((one) => one.field === 'shortcut') || undefined}
                value={shortcut}
                onChange={(event) => setShortcut(event.target.value)}
              />
            </div>
          </div>
          <ContentField
            ref={field}
            id="suggest-text"
            value={text}
            onChange={setText}
            findings={findings}
            unknown={unknown}
            describedBy="suggest-problems"
          />
          <div ref={problems}>
            <Findings
              id="suggest-problems"
              findings={findings}
              unknown={unknown}
              inNames={[...new Set(inNames.map(({ value }) => value))]}
              customer={customer}
              onReplace={replace}
              onReplaceAll={() => field.current?.replace(0, text.length, replaceAll(text, findings))}
            />
          </div>
          {checked.isError && (
            <p className="failed is-left" role="alert">
              <Trans>O texto não foi conferido: {problemText(checked.error)}.</Trans>
              <button type="button" className="again" onClick={() => void checked.refetch()}>
                <Trans>Tentar de novo</Trans>
              </button>
            </p>
          )}
        </div>
        <footer>
          <span className="hint" id="suggest-why">
            {why()}
          </span>
          <span className="right">
            <button type="button" className="btn" onClick={onClose}>
              <Trans>Cancelar</Trans>
            </button>
            <button
              type="submit"
              className={canSubmit ? 'btn btn-main' : 'btn is-off'}
              aria-disabled={!canSubmit}
              aria-describedby="suggest-why"
            >
              <Trans>Enviar sugestão</Trans>
            </button>
          </span>
        </footer>
      </form>
    </Dialog>
  )
}
