/** The head of the sheet: who it is, how long one may answer, what one can do. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import {
  AlarmClock,
  AlarmClockOff,
  ArrowRightLeft,
  Bot,
  ChevronLeft,
  CircleCheck,
  EllipsisVertical,
  Hand,
  MessageCircleDashed,
  PanelRight,
  Pin,
  PinOff,
  ScrollText,
  Undo2,
} from 'lucide-react'
import { type CSSProperties, lazy, Suspense, useState } from 'react'
import type { Conversation, Me, Ticket } from '../../../lib/contract'
import { readablePhone } from '../../../lib/formatPhone'
import { dayAndHour, span, useNow } from '../../../lib/time'
import { windowAt } from '../../../lib/window'
import { type Action, ActionMenu } from '../../../ui/ActionMenu'
import { RING } from '../../../ui/ringPath'
import { whoHas } from '../ticketStatus'
import { useTicketActions } from './requests/useTicketActions'

const dialogs = () => import('./dialogs')
const BotDialog = lazy(async () => ({ default: (await dialogs()).BotDialog }))
const CloseDialog = lazy(async () => ({ default: (await dialogs()).CloseDialog }))
const HistoryDialog = lazy(async () => ({
  default: (await import('../history/HistoryDialog')).HistoryDialog,
}))
const SnoozeDialog = lazy(async () => ({ default: (await dialogs()).SnoozeDialog }))
const TransferDialog = lazy(async () => ({ default: (await dialogs()).TransferDialog }))

type Asked = 'bot' | 'history' | 'snooze' | 'transfer' | 'close'

interface TicketHeadProps {
  conversation: Conversation
  name: string
  me: Me
  back: { to: string; params: Record<string, string> }
  panel: boolean
  togglePanel: () => void
}

export function TicketHead({ conversation, name, me, back, panel, togglePanel }: TicketHeadProps) {
  const { ticket, channel } = conversation
  const [asked, ask] = useState<Asked | null>(null)
  const acts = useTicketActions(ticket, me.id)
  const open = ticket.state !== 'closed'
  const putOffNow = ticket.state === 'snoozed'
  const mine = ticket.owner?.id === me.id
  const phone = readablePhone(ticket.contact.phone)

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
          {ticket.tags.length > 0 && <TagLine tags={ticket.tags} />}
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
            onClick={() => acts.callBack.mutate()}
            disabled={acts.callBack.isPending}
          >
            <AlarmClockOff className="i i-md" aria-hidden="true" />
            <Trans>Retomar</Trans>
          </button>
        )}
        {open && !putOffNow && !mine && (
          <button
            type="button"
            className="btn btn-main is-kept"
            onClick={() => acts.take.mutate()}
            disabled={acts.take.isPending}
          >
            <Hand className="i i-md" aria-hidden="true" />
            <Trans>Assumir</Trans>
          </button>
        )}
        {open && (
          <button type="button" className="btn" onClick={() => ask('close')} disabled={acts.close.isPending}>
            <CircleCheck className="i i-md" aria-hidden="true" />
            <Trans>Encerrar</Trans>
          </button>
        )}
        <ActionMenu
          label={t`Mais ações`}
          className="icon-btn"
          trigger={<EllipsisVertical className="i" aria-hidden="true" />}
          actions={actionsFor(ticket, channel.has_bot, acts, ask)}
        />
      </div>
      <Suspense>
        {asked === 'bot' && (
          <BotDialog
            title={<Trans>Ativar bot na conversa com {name}</Trans>}
            name={name}
            leave={() => ask(null)}
            wanted={acts.toBot.mutate}
          />
        )}
        {asked === 'snooze' && (
          <SnoozeDialog
            title={<Trans>Adiar conversa com {name}</Trans>}
            until={ticket.snoozed_until}
            closes={ticket.window_ends_at}
            leave={() => ask(null)}
            wanted={acts.putOff.mutate}
          />
        )}
        {asked === 'transfer' && (
          <TransferDialog
            title={<Trans>Transferir a conversa com {name}</Trans>}
            ticket={ticket}
            leave={() => ask(null)}
            wanted={(body, to) => acts.handOn.mutate({ body, to })}
          />
        )}
        {asked === 'history' && (
          <HistoryDialog conversationId={ticket.conversation_id} name={name} leave={() => ask(null)} />
        )}
        {asked === 'close' && (
          <CloseDialog
            title={<Trans>Encerrar o atendimento de {name}?</Trans>}
            leave={() => ask(null)}
            wanted={acts.close.mutate}
          />
        )}
      </Suspense>
    </header>
  )
}

/** The three dots: first what the help page names, in its order. */
function actionsFor(
  ticket: Ticket,
  hasBot: boolean,
  acts: ReturnType<typeof useTicketActions>,
  ask: (what: Asked) => void,
): Action[] {
  const pin: Action = {
    id: 'pin',
    label: ticket.pinned ? t`Desafixar` : t`Fixar`,
    icon: ticket.pinned ? (
      <PinOff className="i" aria-hidden="true" />
    ) : (
      <Pin className="i" aria-hidden="true" />
    ),
    run: () => acts.pinning.mutate(!ticket.pinned),
  }
  const history: Action = {
    id: 'history',
    label: t`Histórico`,
    icon: <ScrollText className="i" aria-hidden="true" />,
    run: () => ask('history'),
  }
  if (ticket.state === 'closed') return [pin, history]
  const actions: Action[] = [
    {
      id: 'answered',
      label: ticket.unanswered ? t`Marcar como respondida` : t`Marcar como não respondida`,
      icon: ticket.unanswered ? (
        <CircleCheck className="i" aria-hidden="true" />
      ) : (
        <MessageCircleDashed className="i" aria-hidden="true" />
      ),
      run: () => acts.mark.mutate(ticket.unanswered),
    },
  ]
  if (ticket.state !== 'bot' && hasBot) {
    actions.push({
      id: 'bot',
      label: t`Ativar bot`,
      icon: <Bot className="i" aria-hidden="true" />,
      run: () => ask('bot'),
    })
  }
  if (ticket.state !== 'bot') {
    actions.push(
      {
        id: 'snooze',
        label: ticket.state === 'snoozed' ? t`Mudar a hora da volta` : t`Adiar conversa`,
        icon: <AlarmClock className="i" aria-hidden="true" />,
        run: () => ask('snooze'),
      },
      {
        id: 'transfer',
        label: t`Transferir`,
        icon: <ArrowRightLeft className="i" aria-hidden="true" />,
        apart: true,
        run: () => ask('transfer'),
      },
    )
  }
  if (ticket.owner) {
    actions.push({
      id: 'queue',
      label: t`Devolver à fila`,
      icon: <Undo2 className="i" aria-hidden="true" />,
      run: () => acts.giveBack.mutate(),
    })
  }
  actions.push(pin, history, {
    id: 'close',
    label: t`Encerrar atendimento`,
    icon: <CircleCheck className="i" aria-hidden="true" />,
    apart: true,
    run: () => ask('close'),
  })
  return actions
}

const MOST_TAGS = 2

function TagLine({ tags }: { tags: readonly string[] }) {
  const more = tags.length - MOST_TAGS
  return (
    <span className="wide tag-line" title={tags.join(', ')}>
      {tags.slice(0, MOST_TAGS).map((tag) => (
        <span className="chip" key={tag} dir="auto">
          {tag}
        </span>
      ))}
      {more > 0 && <span className="chip">+{more}</span>}
    </span>
  )
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
