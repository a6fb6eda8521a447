/** The toolbar for several selected tickets. */

import { ph, t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import {
  AlarmClock,
  AlarmClockOff,
  ArrowRightLeft,
  Bot,
  CircleCheck,
  EllipsisVertical,
  Hand,
  ListChecks,
  MessageCircleDashed,
  Tag,
  Undo2,
  X,
} from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Ticket } from '../../../lib/contract'
import { type Action, ActionMenu } from '../../../ui/ActionMenu'
import { type BulkDialog, BulkDialogs } from './BulkDialogs'
import { BulkRefusals } from './BulkRefusals'
import { type BulkAction, MAX_TICKETS, type Refusal, useBulkAction } from './requests/useBulkAction'

interface BulkBarProps {
  tickets: readonly Ticket[]
  meId: string
  /** Selects exactly these; none ends the selection. */
  onSelect: (tickets: readonly Ticket[]) => void
  /** Selects as many as one request may carry. */
  onSelectAll: () => void
}

export default function BulkBar({ tickets, meId, onSelect, onSelectAll }: BulkBarProps) {
  const [dialog, setDialog] = useState<BulkDialog | null>(null)
  const [refused, setRefused] = useState<readonly Refusal[]>([])
  const bulk = useBulkAction((which) => {
    setRefused(which)
    onSelect(which.map(({ ticket }) => ticket))
  })
  const many = tickets.length
  const canRun = many > 0 && many <= MAX_TICKETS && !bulk.isPending
  const run = (action: BulkAction) => bulk.mutate({ tickets, action })

  return (
    <section className="bulk" aria-label={t`Ações em vários atendimentos`}>
      <div className="bulk-bar" role="toolbar" aria-label={t`Ações em vários atendimentos`}>
        <button
          type="button"
          className="icon-btn"
          aria-label={t`Cancelar a seleção`}
          title={t`Cancelar a seleção (Esc)`}
          onClick={() => onSelect([])}
        >
          <X className="i" aria-hidden="true" />
        </button>
        <b className="bulk-count" role="status">
          {many === 0 ? (
            <Trans>Escolha ao lado</Trans>
          ) : (
            <Plural value={many} one="# selecionado" other="# selecionados" />
          )}
        </b>
        <span className="bulk-actions">
          <BulkButton
            icon={<ListChecks className="i i-md" />}
            onClick={onSelectAll}
            enabled={!bulk.isPending}
            quiet
          >
            {t`Todos`}
          </BulkButton>
          <BulkButton
            icon={<Hand className="i i-md" />}
            onClick={() => run({ action: 'assign', assignee_id: meId })}
            enabled={canRun}
          >
            {t`Assumir`}
          </BulkButton>
          <BulkButton
            icon={<ArrowRightLeft className="i i-md" />}
            onClick={() => setDialog('transfer')}
            enabled={canRun}
          >
            {t`Transferir`}
          </BulkButton>
          <BulkButton
            icon={<AlarmClock className="i i-md" />}
            onClick={() => setDialog('snooze')}
            enabled={canRun}
          >
            {t`Adiar`}
          </BulkButton>
          <BulkButton icon={<Tag className="i i-md" />} onClick={() => setDialog('tag')} enabled={canRun}>
            {t`Etiquetar`}
          </BulkButton>
          <BulkButton
            icon={<CircleCheck className="i i-md" />}
            onClick={() => setDialog('close')}
            enabled={canRun}
          >
            {t`Encerrar`}
          </BulkButton>
          {canRun && (
            <ActionMenu
              label={t`Mais ações para os selecionados`}
              className="icon-btn"
              trigger={<EllipsisVertical className="i" aria-hidden="true" />}
              actions={moreActions(run, () => setDialog('bot'))}
            />
          )}
        </span>
      </div>
      {many > MAX_TICKETS && (
        <p className="bulk-note">{t`São no máximo ${ph({ MOST: MAX_TICKETS })} de cada vez.`}</p>
      )}
      <BulkRefusals refused={refused} onDismiss={() => setRefused([])} />
      <BulkDialogs dialog={dialog} tickets={tickets} run={run} onClose={() => setDialog(null)} />
    </section>
  )
}

interface BulkButtonProps {
  icon: ReactNode
  children: string
  onClick: () => void
  enabled: boolean
  quiet?: boolean
}

function BulkButton({ icon, children, onClick, enabled, quiet = false }: BulkButtonProps) {
  return (
    <button
      type="button"
      className={quiet ? 'btn btn-quiet' : 'btn'}
      title={children}
      disabled={!enabled}
      onClick={onClick}
    >
      {icon}
      <span>{children}</span>
    </button>
  )
}

function moreActions(run: (action: BulkAction) => void, openBotDialog: () => void): Action[] {
  return [
    {
      id: 'answered',
      label: t`Marcar como respondidas`,
      icon: <CircleCheck className="i" aria-hidden="true" />,
      onSelect: () => run({ action: 'answered', answered: true }),
    },
    {
      id: 'unanswered',
      label: t`Marcar como não respondidas`,
      icon: <MessageCircleDashed className="i" aria-hidden="true" />,
      onSelect: () => run({ action: 'answered', answered: false }),
    },
    {
      id: 'bot',
      label: t`Ativar bot`,
      icon: <Bot className="i" aria-hidden="true" />,
      onSelect: openBotDialog,
    },
    {
      id: 'wake',
      label: t`Retomar as adiadas`,
      icon: <AlarmClockOff className="i" aria-hidden="true" />,
      separatorBefore: true,
      onSelect: () => run({ action: 'wake' }),
    },
    {
      id: 'queue',
      label: t`Devolver à fila`,
      icon: <Undo2 className="i" aria-hidden="true" />,
      onSelect: () => run({ action: 'unassign' }),
    },
  ]
}
