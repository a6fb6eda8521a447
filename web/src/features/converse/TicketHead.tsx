/** The head of the sheet: who it is, how long one may answer, what one can do. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import {
  AlarmClock,
  AlarmClockOff,
  ChevronLeft,
  CircleCheck,
  EllipsisVertical,
  Hand,
  MessageCircleDashed,
  PanelRight,
  Undo2,
} from 'lucide-react'
import { type CSSProperties, useState } from 'react'
import type { Me, Ticket } from '../../lib/contract'
import { readablePhone } from '../../lib/phone'
import { dayAndHour, span, useNow } from '../../lib/time'
import { windowAt } from '../../lib/window'
import { type Action, ActionMenu } from '../../ui/ActionMenu'
import { Confirm } from '../../ui/Confirm'
import { RING } from '../../ui/ring'
import { useTicketActions } from './requests/ticket'
import { SnoozeDialog } from './SnoozeDialog'

interface TicketHeadProps {
  ticket: Ticket
  name: string
  me: Me
  back: { to: string; params: Record<string, string> }
  panel: boolean
  togglePanel: () => void
}

export function TicketHead({ ticket, name, me, back, panel, togglePanel }: TicketHeadProps) {
  const [closing, setClosing] = useState(false)
  const [snoozing, setSnoozing] = useState(false)
  const { take, giveBack, putOff, callBack, close, mark } = useTicketActions(ticket, me.id)
  const open = ticket.state !== 'closed'
  const putOffNow = ticket.state === 'snoozed'
  const mine = ticket.owner?.id === me.id
  const phone = readablePhone(ticket.contact.phone)

  const actions: Action[] = []
  if (open) {
    actions.push({
      id: 'answered',
      label: ticket.unanswered ? t`Marcar como respondida` : t`Marcar como não respondida`,
      icon: ticket.unanswered ? (
        <CircleCheck className="i" aria-hidden="true" />
      ) : (
        <MessageCircleDashed className="i" aria-hidden="true" />
      ),
      run: () => mark.mutate(ticket.unanswered),
    })
    if (ticket.state !== 'bot') {
      actions.push({
        id: 'snooze',
        label: putOffNow ? t`Mudar a hora da volta` : t`Adiar conversa`,
        icon: <AlarmClock className="i" aria-hidden="true" />,
        run: () => setSnoozing(true),
      })
    }
    if (ticket.owner) {
      actions.push({
        id: 'queue',
        label: t`Devolver à fila`,
        icon: <Undo2 className="i" aria-hidden="true" />,
        run: () => giveBack.mutate(),
      })
    }
    actions.push({
      id: 'close',
      label: t`Encerrar atendimento`,
      icon: <CircleCheck className="i" aria-hidden="true" />,
      run: () => setClosing(true),
    })
  }

  return (
    <header className="ticket-head">
      <Link {...back} className="icon-btn back" aria-label={t`Voltar à lista`}>
        <ChevronLeft className="i" aria-hidden="true" />
      </Link>
      <div className="ticket-who">
        <h1 dir="auto">{name}</h1>
        <p>
          {ticket.snoozed_until && <SnoozedUntil at={ticket.snoozed_until} />}
          {phone && phone !== name && <span>{phone}</span>}
          <span>
            <Trans>Protocolo {ticket.protocol}</Trans>
          </span>
          <span className="wide">{whoHas(ticket, mine)}</span>
        </p>
      </div>
      <div className="ticket-tools">
        {open && <WindowPill ticket={ticket} />}
        <button
          type="button"
          className={panel ? 'icon-btn is-open' : 'icon-btn'}
          aria-label={t`Painel do contato`}
          title={t`Painel do contato (Alt+I)`}
          aria-pressed={panel}
          onClick={togglePanel}
        >
          <PanelRight className="i" aria-hidden="true" />
        </button>
        {putOffNow && (
          <button
            type="button"
            className="btn btn-main is-kept"
            onClick={() => callBack.mutate()}
            disabled={callBack.isPending}
          >
            <AlarmClockOff className="i i-md" aria-hidden="true" />
            <Trans>Retomar</Trans>
          </button>
        )}
        {open && !putOffNow && !mine && (
          <button
            type="button"
            className="btn btn-main is-kept"
            onClick={() => take.mutate()}
            disabled={take.isPending}
          >
            <Hand className="i i-md" aria-hidden="true" />
            <Trans>Assumir</Trans>
          </button>
        )}
        {open && (
          <button type="button" className="btn" onClick={() => setClosing(true)} disabled={close.isPending}>
            <CircleCheck className="i i-md" aria-hidden="true" />
            <Trans>Encerrar</Trans>
          </button>
        )}
        {actions.length > 0 && (
          <ActionMenu
            label={t`Mais ações`}
            className="icon-btn"
            trigger={<EllipsisVertical className="i" aria-hidden="true" />}
            actions={actions}
          />
        )}
      </div>
      <SnoozeDialog
        ticket={ticket}
        name={name}
        open={snoozing}
        change={setSnoozing}
        wanted={(what) => putOff.mutate(what)}
      />
      <Confirm
        title={t`Encerrar o atendimento de ${name}?`}
        action={t`Encerrar atendimento`}
        open={closing}
        change={setClosing}
        confirmed={() => close.mutate()}
      >
        <Trans>Ele sai da sua lista. Se o cliente escrever de novo, um novo atendimento se abre.</Trans>
      </Confirm>
    </header>
  )
}

export function whoHas(ticket: Ticket, mine: boolean): string {
  switch (ticket.state) {
    case 'bot':
      return t`Com o bot`
    case 'queue':
      return t`Na fila`
    case 'snoozed':
      return mine ? t`Adiado por você` : t`Adiado`
    case 'closed':
      return t`Encerrado`
    default:
      return mine ? t`Com você` : t`Com ${ticket.owner?.name ?? t`a equipe`}`
  }
}

function SnoozedUntil({ at }: { at: string }) {
  const hour = dayAndHour(at, useNow())
  return (
    <span className="is-whole">
      <span className="chip chip-brand">
        <AlarmClock className="i i-sm" aria-hidden="true" />
        <Trans>Adiada até {hour}</Trans>
      </span>
    </span>
  )
}

function WindowPill({ ticket }: { ticket: Ticket }) {
  const now = useNow()
  const window = windowAt(ticket.window_ends_at, now)
  const left = span(window.leftMs)
  return (
    <span
      className="window-pill"
      data-window={window.state}
      style={{ '--left': window.left } as CSSProperties}
    >
      <svg viewBox="-4 -4 58 58" aria-hidden="true">
        <path className="track" pathLength={100} d={RING} />
        <path className="left" pathLength={100} d={RING} />
      </svg>
      {window.state === 'closed' ? (
        <Trans>Janela fechada</Trans>
      ) : (
        <span>
          <span className="wide">
            <Trans>Janela aberta por</Trans>{' '}
          </span>
          {left}
        </span>
      )}
    </span>
  )
}
