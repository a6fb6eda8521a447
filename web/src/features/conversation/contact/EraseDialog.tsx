/** Erases a person for good: says what goes, and asks for a word to be typed. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Eraser } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ContactPage, ErasureReceipt } from '../../../api'
import { contactName } from '../../../lib/contactName'
import { problemText } from '../../../lib/problem'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { LinesSkeleton } from '../../../ui/Skeleton'
import { useErasure, useRehearsal } from './requests/useErasure'

interface EraseDialogProps {
  contact: ContactPage
  onClose: () => void
}

export function EraseDialog({ contact, onClose }: EraseDialogProps) {
  const name = contactName(contact)
  const rehearsal = useRehearsal(contact.id)
  const erasure = useErasure(contact.id, name)
  const [typed, setTyped] = useState('')
  const word = t`APAGAR`
  const isSure = typed.trim().toLocaleUpperCase('pt-BR') === word

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isSure) erasure.mutate(undefined, { onSuccess: onClose })
  }
  return (
    <Dialog title={<Trans>Apagar os dados de {name}</Trans>} onClose={onClose} alert>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p className="soft">
            <Trans>
              Tudo o que esta pessoa escreveu e recebeu some para sempre, e o atendimento aberto é encerrado.
              Isto não se desfaz. Se ela escrever de novo, será um contato novo.
            </Trans>
          </p>
          {rehearsal.isPending && <LinesSkeleton />}
          {rehearsal.isError && (
            <p className="failed is-left" role="alert">
              <Trans>A conta do que será apagado não veio: {problemText(rehearsal.error)}.</Trans>
              <button type="button" className="again" onClick={() => void rehearsal.refetch()}>
                <Trans>Tentar de novo</Trans>
              </button>
            </p>
          )}
          {rehearsal.data && (
            <dl className="facts is-wide" aria-label={t`O que será apagado`}>
              {counted(rehearsal.data).map(([label, count]) => (
                <div className="fact-row" key={label}>
                  <dt>{label}</dt>
                  <dd>{count.toLocaleString('pt-BR')}</dd>
                </div>
              ))}
            </dl>
          )}
          <div className="field">
            <label htmlFor="erase-word">
              <Trans>Digite {word} para confirmar</Trans>
            </label>
            <input
              id="erase-word"
              className="input"
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </div>
        </div>
        <DialogFooter onClose={onClose} canSubmit={isSure && rehearsal.isSuccess && !erasure.isPending}>
          <Eraser className="i i-md" aria-hidden="true" />
          <Trans>Apagar para sempre</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

/** The places of a receipt in words; what is the same to a person is added up. */
function counted(receipt: ErasureReceipt): [string, number][] {
  const totals = new Map<string, number>()
  for (const { place, count } of [...receipt.removed].sort(byOrder)) {
    const label = placeLabel(place)
    if (label) totals.set(label, (totals.get(label) ?? 0) + count)
  }
  return [...totals]
}

/** What a person knows of comes first. */
const ORDER = ['messages', 'tickets', 'scheduled', 'identities', 'drafts', 'bot_sessions']
const rank = (place: string) => (ORDER.includes(place) ? ORDER.indexOf(place) : ORDER.length)
const byOrder = (a: { place: string }, b: { place: string }) => rank(a.place) - rank(b.place)

function placeLabel(place: string): string | null {
  switch (place) {
    case 'events':
    case 'contact_keys':
    case 'threads':
    case 'snapshots':
    case 'idempotency':
      return null
    case 'messages':
      return t`Mensagens e notas`
    case 'tickets':
      return t`Atendimentos`
    case 'scheduled':
      return t`Envios agendados`
    case 'identities':
      return t`Telefones e identidades`
    case 'drafts':
      return t`Rascunhos da equipe`
    case 'bot_sessions':
      return t`Conversas do bot`
  }
  return t`Registros técnicos com dados da pessoa`
}
