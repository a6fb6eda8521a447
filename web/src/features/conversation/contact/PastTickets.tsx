/** The other tickets of this contact. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { Ticket } from '../../../lib/contract'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { useContact } from '../../../lib/useContact'

const MAX_SHOWN = 5

export function PastTickets({ ticket }: { ticket: Ticket }) {
  const now = useNow()
  const contact = useContact(ticket.contact.id)
  const past = (contact.data?.tickets ?? []).filter(
    (one) => one.conversation_id !== ticket.conversation_id || one.number !== ticket.number,
  )
  if (!contact.data) return null
  return (
    <section>
      <h3>
        <Trans>Atendimentos anteriores</Trans>
        {past.length > 0 && <span className="hint">{past.length}</span>}
      </h3>
      {past.length === 0 && <p className="hint">{t`Este é o primeiro.`}</p>}
      <ul className="past">
        {past.slice(0, MAX_SHOWN).map((one) => (
          <li key={`${one.conversation_id}/${one.number}`}>
            <b>{one.close_reason ?? (one.state === 'closed' ? t`Encerrado` : t`Aberto`)}</b>
            <span>{one.protocol}</span>
            <small>{formatDayAndTime(one.closed_at ?? one.opened_at, now)}</small>
            {one.owner && <small>{one.owner.name}</small>}
          </li>
        ))}
      </ul>
    </section>
  )
}
