/** The history of a contact: who changed what, and when. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useState } from 'react'
import type { ContactEvent } from '../../api'
import { actorText, originText } from '../../lib/actorText'
import { problemText } from '../../lib/problem'
import { formatDayAndTime, useNow } from '../../lib/time'
import { LinesSkeleton } from '../../ui/Skeleton'
import { useContactEvents } from './requests/useContactEvents'

const INITIALLY_SHOWN = 10

export function ContactHistory({ contactId }: { contactId: string }) {
  const now = useNow()
  const events = useContactEvents(contactId)
  const [showsAll, setShowsAll] = useState(false)
  const shown = showsAll ? events.data : events.data?.slice(0, INITIALLY_SHOWN)
  return (
    <section>
      <h2>
        <Trans>Histórico do contato</Trans>
      </h2>
      {events.isPending && <LinesSkeleton />}
      {events.isError && !events.data && (
        <p className="failed is-left" role="alert">
          <Trans>O histórico não veio: {problemText(events.error)}.</Trans>
          <button type="button" className="again" onClick={() => void events.refetch()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      <ol className="event-list" aria-label={t`Histórico do contato`}>
        {shown?.map((event) => (
          <li key={event.id}>
            <time dateTime={event.at}>{formatDayAndTime(event.at, now)}</time>
            <div>
              <p dir="auto">
                <b>{actorText(event.who)}</b> {eventText(event)}
              </p>
              {event.changes.map((change) => (
                <p className="hint" dir="auto" key={`${change.field}${change.key}`}>
                  {fieldLabel(change)}: {change.before ?? '—'} → {change.after ?? '—'}
                </p>
              ))}
              <p className="hint">{originText(event.from_where)}</p>
            </div>
          </li>
        ))}
      </ol>
      {events.data && events.data.length > INITIALLY_SHOWN && !showsAll && (
        <button type="button" className="btn btn-sm" onClick={() => setShowsAll(true)}>
          <Trans>Mostrar tudo</Trans>
        </button>
      )}
    </section>
  )
}

/** An event of a type that is newer than this page has no words yet. */
function eventText({ type, other }: ContactEvent): string {
  const name = other?.name ?? t`outro contato`
  switch (type) {
    case 'contact.registered':
      return t`escreveu pela primeira vez`
    case 'contact.identity_attached':
      return t`ganhou mais uma identidade`
    case 'contact.identity_heard':
      return t`passou a escrever de outro endereço seu`
    case 'contact.identity_replaced':
      return t`trocou de número ou de id no WhatsApp`
    case 'contact.identity_conflict_noted':
      return t`escreveu com um endereço de ${name}`
    case 'contact.profile_named':
      return t`mudou o nome no WhatsApp`
    case 'contact.card_reflected':
      return t`trouxe os dados no transbordo`
    case 'contact.details_changed':
      return t`escreveu os dados`
    case 'contact.merged':
      return t`juntou a ${name}`
    case 'contact.merge_undone':
      return t`separou de ${name}`
    case 'contact.alias_added':
      return t`juntou ${name} a este contato`
    case 'contact.alias_removed':
      return t`separou ${name} deste contato`
    case 'contact.erased':
      return t`apagou os dados desta pessoa`
  }
  return t`mudou`
}

function fieldLabel({ field, key }: ContactEvent['changes'][number]): string {
  if (field === 'name') return t`Nome`
  if (field === 'email') return t`E-mail`
  return key ?? t`Campo`
}
