/** A contact's details, with a form that changes them. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Eraser, Pencil } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { CardLine, ContactPage } from '../../../api'
import { contactName } from '../../../lib/contactName'
import { formatPhone } from '../../../lib/formatPhone'
import { problemText } from '../../../lib/problem'
import { useContact } from '../../../lib/useContact'
import { useMe } from '../../../lib/useMe'
import { LinesSkeleton } from '../../../ui/Skeleton'

const ContactForm = lazy(async () => ({ default: (await import('./ContactForm')).ContactForm }))
const EraseDialog = lazy(async () => ({ default: (await import('./EraseDialog')).EraseDialog }))

export function ContactCard({ contactId, canEdit = true }: { contactId: string; canEdit?: boolean }) {
  const contact = useContact(contactId)
  const me = useMe()
  const [editing, setEditing] = useState(false)
  const [erasing, setErasing] = useState(false)
  return (
    <section>
      <h3>
        <Trans>Contato</Trans>
        {canEdit && contact.data && !contact.data.erased && !editing && (
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
          <Suspense fallback={<LinesSkeleton />}>
            <ContactForm contact={contact.data} onClose={() => setEditing(false)} />
          </Suspense>
        ) : (
          <ContactDetails contact={contact.data} />
        ))}
      {contact.data && !contact.data.erased && !editing && me.role === 'admin' && (
        <button type="button" className="btn btn-sm" onClick={() => setErasing(true)}>
          <Eraser className="i i-sm" aria-hidden="true" />
          <Trans>Apagar os dados desta pessoa</Trans>
        </button>
      )}
      <Suspense>
        {contact.data && erasing && <EraseDialog contact={contact.data} onClose={() => setErasing(false)} />}
      </Suspense>
    </section>
  )
}

function ContactDetails({ contact }: { contact: ContactPage }) {
  if (contact.erased) {
    return (
      <p className="hint">
        <Trans>Os dados desta pessoa foram apagados.</Trans>
      </p>
    )
  }
  const emails = contact.lines.filter(({ field }) => field === 'email')
  return (
    <dl className="facts">
      <dt>
        <Trans>Telefone</Trans>
      </dt>
      <dd>{formatPhone(contact.phone) ?? t`não visível`}</dd>
      <dt>
        <Trans>E-mail</Trans>
      </dt>
      {emails.length === 0 && (
        <dd>
          <span className="hint">{t`sem e-mail`}</span>
        </dd>
      )}
      {emails.map((line) => (
        <LineValue key={line.value + line.contact_id} line={line} contact={contact} />
      ))}
      {contact.lines
        .filter(({ field }) => field === 'attribute')
        .map((line) => (
          <div className="fact-row" key={line.key + line.value + line.contact_id}>
            <dt dir="auto">{line.key}</dt>
            <LineValue line={line} contact={contact} />
          </div>
        ))}
    </dl>
  )
}

/** A value of the card; of a contact that is merged with this one it says whose it is. */
function LineValue({ line, contact }: { line: CardLine; contact: ContactPage }) {
  const alias = contact.aliases.find(({ id }) => id === line.contact_id)
  const name = alias && contactName(alias)
  return (
    <dd>
      <span dir="auto">{line.value}</span>
      {name && (
        <small className="hint" dir="auto">
          <Trans>de {name}</Trans>
        </small>
      )}
    </dd>
  )
}
