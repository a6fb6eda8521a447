/** The header of a ticket: whose it is, how long the window stays open, and the actions. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { AlarmClockOff, ChevronLeft, CircleCheck, EllipsisVertical, Hand, PanelRight } from 'lucide-react'
import { useState } from 'react'
import type { Conversation, Me } from '../../../lib/contract'
import { ActionMenu } from '../../../ui/ActionMenu'
import { type TicketDialog, TicketDialogs } from './TicketDialogs'
import { TicketTitle } from './TicketTitle'
import { ticketMenu } from './ticketMenu'
import { useTicketActions } from './useTicketActions'
import { WindowPill } from './WindowPill'

interface TicketHeadProps {
  conversation: Conversation
  name: string
  me: Me
  back: { to: string; params: Record<string, string> }
  panelOpen: boolean
  onTogglePanel: () => void
}

export function TicketHead({ conversation, name, me, back, panelOpen, onTogglePanel }: TicketHeadProps) {
  const { ticket, channel, access } = conversation
  const [dialog, setDialog] = useState<TicketDialog | null>(null)
  const actions = useTicketActions(ticket, me.id)
  const isOpen = ticket.state !== 'closed'
  const canAct = isOpen && access === 'full'
  const isSnoozed = ticket.state === 'snoozed'
  const isMine = ticket.owner?.id === me.id

  return (
    <header className="ticket-head">
      <Link {...back} className="icon-btn back" aria-label={t`Voltar à lista`}>
        <ChevronLeft className="i" aria-hidden="true" />
      </Link>
      <TicketTitle ticket={ticket} name={name} isMine={isMine} />
      <div className="ticket-actions">
        {isOpen && <WindowPill ticket={ticket} />}
        <button
          type="button"
          className={panelOpen ? 'icon-btn is-open' : 'icon-btn'}
          aria-label={t`Painel do contato`}
          title={t`Painel do contato (Alt+I)`}
          aria-pressed={panelOpen}
          onClick={onTogglePanel}
        >
          <PanelRight className="i" aria-hidden="true" />
        </button>
        {isSnoozed && canAct && (
          <button
            type="button"
            className="btn btn-main is-kept"
            onClick={() => actions.wake.mutate()}
            disabled={actions.wake.isPending}
          >
            <AlarmClockOff className="i i-md" aria-hidden="true" />
            <Trans>Retomar</Trans>
          </button>
        )}
        {canAct && !isSnoozed && !isMine && (
          <button
            type="button"
            className="btn btn-main is-kept"
            onClick={() => actions.assign.mutate()}
            disabled={actions.assign.isPending}
          >
            <Hand className="i i-md" aria-hidden="true" />
            <Trans>Assumir</Trans>
          </button>
        )}
        {canAct && (
          <button
            type="button"
            className="btn"
            onClick={() => setDialog('close')}
            disabled={actions.close.isPending}
          >
            <CircleCheck className="i i-md" aria-hidden="true" />
            <Trans>Encerrar</Trans>
          </button>
        )}
        <ActionMenu
          label={t`Mais ações`}
          className="icon-btn"
          trigger={<EllipsisVertical className="i" aria-hidden="true" />}
          actions={ticketMenu(ticket, canAct, channel.has_bot, actions, setDialog)}
        />
      </div>
      <TicketDialogs
        dialog={dialog}
        ticket={ticket}
        name={name}
        actions={actions}
        onClose={() => setDialog(null)}
      />
    </header>
  )
}
