/** Changes a contact's name, e-mail and attributes. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ContactPage } from '../../../api'
import { useChangeContact } from './requests/useChangeContact'

interface AttributeLine {
  id: number
  key: string
  value: string
}

export function ContactForm({ contact, onClose }: { contact: ContactPage; onClose: () => void }) {
  const changeContact = useChangeContact(contact.id, contact.version)
  const [name, setName] = useState(contact.name === contact.phone ? '' : contact.name)
  const [email, setEmail] = useState(contact.email ?? '')
  const [lines, setLines] = useState<readonly AttributeLine[]>(() =>
    Object.entries(contact.attributes).map(([key, value], id) => ({ id, key, value })),
  )
  const change = (id: number, part: Partial<AttributeLine>) =>
    setLines(lines.map((line) => (line.id === id ? { ...line, ...part } : line)))

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const filled = lines.map(({ key, value }) => [key.trim(), value.trim()] as const)
    const attributes = Object.fromEntries(filled.filter(([key, value]) => key && value))
    changeContact.mutate(
      { name: name.trim() || null, email: email.trim() || null, attributes },
      { onSuccess: onClose },
    )
  }
  return (
    <form className="card-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="card-name">
          <Trans>Nome</Trans>
        </label>
        <input
          id="card-name"
          className="input"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="card-email">
          <Trans>E-mail</Trans>
        </label>
        <input
          id="card-email"
          className="input"
          type="email"
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </div>
      {lines.map((line) => (
        <div className="card-line" key={line.id}>
          <input
            className="input"
            aria-label={t`Campo`}
            placeholder={t`Campo`}
            maxLength={50}
            value={line.key}
            onChange={(event) => change(line.id, { key: event.target.value })}
          />
          <input
            className="input"
            aria-label={line.key ? t`Valor de ${line.key}` : t`Valor`}
            placeholder={t`Valor`}
            maxLength={1000}
            value={line.value}
            onChange={(event) => change(line.id, { value: event.target.value })}
          />
          <button
            type="button"
            className="icon-btn is-small"
            aria-label={line.key ? t`Tirar ${line.key}` : t`Tirar o campo`}
            onClick={() => setLines(lines.filter(({ id }) => id !== line.id))}
          >
            <X className="i i-sm" aria-hidden="true" />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="btn btn-sm btn-quiet"
        onClick={() =>
          setLines([...lines, { id: Math.max(-1, ...lines.map(({ id }) => id)) + 1, key: '', value: '' }])
        }
      >
        <Plus className="i i-sm" aria-hidden="true" />
        <Trans>Campo</Trans>
      </button>
      <div className="card-actions">
        <button type="button" className="btn btn-sm" onClick={onClose}>
          <Trans>Cancelar</Trans>
        </button>
        <button type="submit" className="btn btn-sm btn-main" disabled={changeContact.isPending}>
          <Trans>Salvar</Trans>
        </button>
      </div>
    </form>
  )
}
