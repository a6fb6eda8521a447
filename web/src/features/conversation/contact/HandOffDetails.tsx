/** Why people have the ticket, and what the bot had learned. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Bot } from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import { useContact } from './requests/useChangeContact'

/** Our own words for reasons; a bot's own reason is shown as it is. */
export function reasonWords(reason: string): string {
  switch (reason) {
    case 'no_bot':
      return t`o canal não tem bot`
    case 'bot_silent':
      return t`o bot não respondeu`
    case 'bot_loop':
      return t`o bot se repetia`
    case 'flow_ended':
      return t`o fluxo do bot terminou`
    case 'hours_passed':
      return t`o prazo do bot terminou`
    case 'agent_wrote':
      return t`alguém da equipe escreveu`
    default:
      return reason
  }
}

export function HandOff({ ticket }: { ticket: Ticket }) {
  const reason = ticket.hand_off_reason
  const contact = useContact(ticket.contact.id)
  const told = Object.entries(contact.data?.bot_variables ?? {})
  if ((reason === null || reason === 'no_bot') && told.length === 0) return null
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
            <dd dir="auto">{reasonWords(reason)}</dd>
          </>
        )}
        {told.map(([key, value]) => (
          <div className="fact-row" key={key}>
            <dt dir="auto">{key}</dt>
            <dd dir="auto">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
