/** A contact's details, with a form that changes them. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { ContactPage } from '../../../api'
import { formatPhone } from '../../../lib/formatPhone'
import { problemText } from '../../../lib/problem'
import { useContact } from '../../../lib/useContact'
import { LinesSkeleton } from '../../../ui/Skeleton'
import { ContactForm } from './ContactForm'

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
      {contact.isPending && <LinesSkeleton />}
      {contact.isError && !contact.data && (
        <p className="failed is-left" role="alert">
          <Trans>Os dados não vieram: {problemText(contact.error)}.</Trans>
          <button type="button" className="again" onClick={() => void contact.refetch()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      {contact.data &&
        (editing ? (
          <ContactForm contact={contact.data} onClose={() => setEditing(false)} />
        ) : (
          <ContactDetails contact={contact.data} />
        ))}
    </section>
  )
}

function ContactDetails({ contact }: { contact: ContactPage }) {
  return (
    <dl className="facts">
      <dt>
        <Trans>Telefone</Trans>
      </dt>
      <dd>{formatPhone(contact.phone) ?? t`não visível`}</dd>
      <dt>
        <Trans>E-mail</Trans>
      </dt>
      <dd>{contact.email ?? <span className="hint">{t`sem e-mail`}</span>}</dd>
      {Object.entries(contact.attributes).map(([key, value]) => (
        <div className="fact-row" key={key}>
          <dt dir="auto">{key}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
