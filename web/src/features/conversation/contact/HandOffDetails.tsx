/** Why the bot handed the ticket off, and what it had learned. */

import { Trans } from '@lingui/react/macro'
import { Bot } from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import { useContact } from '../../../lib/useContact'
import { handOffReason } from '../handOffReason'

export function HandOffDetails({ ticket }: { ticket: Ticket }) {
  const reason = ticket.hand_off_reason
  const contact = useContact(ticket.contact.id)
  const variables = Object.entries(contact.data?.bot_variables ?? {})
  if ((reason === null || reason === 'no_bot') && variables.length === 0) return null
  return (
    <section>
      <h3>
        <Bot className="i i-sm" aria-hidden="true" />
        <Trans>Recebido no transbordo</Trans>
      </h3>
      <dl className="facts">
        {reason && (
          <>
            <dt>
              <Trans>Motivo</Trans>
            </dt>
            <dd dir="auto">{handOffReason(reason)}</dd>
          </>
        )}
        {variables.map(([key, value]) => (
          <div className="fact-row" key={key}>
            <dt dir="auto">{key}</dt>
            <dd dir="auto">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
