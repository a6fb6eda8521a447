/** Who the contact is: what is known, and a form that writes it down. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Pencil, Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ContactPage as Card } from '../../../api'
import { readablePhone } from '../../../lib/formatPhone'
import { wordsFor } from '../../../lib/problem'
import { LineBones } from '../../../ui/Skeleton'
import { useContact, useWriteContact } from './requests/useChangeContact'

export function ContactCard({ contactId }: { contactId: string }) {
  const contact = useContact(contactId)
  const [editing, setEditing] = useState(false)
  return (
    <section>
      <h3>
        <Trans>Contato</Trans>
        {contact.data && !editing && (
          <button
            type="button"
            className="icon-btn is-small"
            aria-label={t`Editar contato`}
            title={t`Editar contato`}
            onClick={() => setEditing(true)}
          >
            <Pencil className="i i-sm" aria-hidden="true" />
          </button>
        )}
      </h3>
      {contact.isPending && <LineBones />}
      {contact.isError && !contact.data && (
        <p className="failed is-left" role="alert">
          <Trans>Os dados não vieram: {wordsFor(contact.error)}.</Trans>
          <button type="button" className="again" onClick={() => void contact.refetch()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      {contact.data &&
        (editing ? (
          <CardForm card={contact.data} leave={() => setEditing(false)} />
        ) : (
          <Facts card={contact.data} />
        ))}
    </section>
  )
}

function Facts({ card }: { card: Card }) {
  return (
    <dl className="facts">
      <dt>
        <Trans>Telefone</Trans>
      </dt>
      <dd>{readablePhone(card.phone) ?? t`não visível`}</dd>
      <dt>
        <Trans>E-mail</Trans>
      </dt>
      <dd>{card.email ?? <span className="hint">{t`sem e-mail`}</span>}</dd>
      {Object.entries(card.attributes).map(([key, value]) => (
        <div className="fact-row" key={key}>
          <dt dir="auto">{key}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface Line {
  id: number
  key: string
  value: string
}

function CardForm({ card, leave }: { card: Card; leave: () => void }) {
  const write = useWriteContact(card.id, card.version)
  const [name, setName] = useState(card.name === card.phone ? '' : card.name)
  const [email, setEmail] = useState(card.email ?? '')
  const [lines, setLines] = useState<readonly Line[]>(() =>
    Object.entries(card.attributes).map(([key, value], id) => ({ id, key, value })),
  )
  const change = (id: number, part: Partial<Line>) =>
    setLines(lines.map((line) => (line.id === id ? { ...line, ...part } : line)))

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const filled = lines.map(({ key, value }) => [key.trim(), value.trim()] as const)
    const attributes = Object.fromEntries(filled.filter(([key, value]) => key && value))
    write.mutate({ name: name.trim() || null, email: email.trim() || null, attributes }, { onSuccess: leave })
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
      <div className="card-acts">
        <button type="button" className="btn btn-sm" onClick={leave}>
          <Trans>Cancelar</Trans>
        </button>
        <button type="submit" className="btn btn-sm btn-main" disabled={write.isPending}>
          <Trans>Salvar</Trans>
        </button>
      </div>
    </form>
  )
}
