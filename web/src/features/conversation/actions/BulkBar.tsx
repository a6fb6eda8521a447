/** What can be done with several tickets at once, and what came of it for those that refused. */

import { plural, t } from '@lingui/core/macro'
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
  TriangleAlert,
  Undo2,
  X,
} from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Ticket } from '../../../lib/contract'
import { readablePhone } from '../../../lib/formatPhone'
import { type Action, ActionMenu } from '../../../ui/ActionMenu'
import { BotDialog, CloseDialog, SnoozeDialog, TagDialog, TransferDialog } from './dialogs'
import { MOST, type Refused, useBulk, type Wanted } from './requests/useBulkAction'

interface BulkBarProps {
  tickets: readonly Ticket[]
  meId: string
  /** Leaves only these chosen; none ends the choosing. */
  keep: (tickets: readonly Ticket[]) => void
  /** Chooses as many as may be asked at once. */
  all: () => void
}

type Asked = 'bot' | 'transfer' | 'snooze' | 'tag' | 'close'

export default function BulkBar({ tickets, meId, keep, all }: BulkBarProps) {
  const [asked, ask] = useState<Asked | null>(null)
  const [refused, setRefused] = useState<readonly Refused[]>([])
  const bulk = useBulk((which) => {
    setRefused(which)
    keep(which.map(({ ticket }) => ticket))
  })
  const many = tickets.length
  const ready = many > 0 && many <= MOST && !bulk.isPending
  const run = (wanted: Wanted) => bulk.mutate({ tickets, wanted })
  const leave = () => ask(null)

  return (
    <section className="bulk" aria-label={t`Ações em vários atendimentos`}>
      <div className="bulk-bar" role="toolbar" aria-label={t`Ações em vários atendimentos`}>
        <button
          type="button"
          className="icon-btn"
          aria-label={t`Cancelar a seleção`}
          title={t`Cancelar a seleção (Esc)`}
          onClick={() => keep([])}
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
        <span className="bulk-acts">
          <Act icon={<ListChecks className="i i-md" />} run={all} ready={!bulk.isPending} quiet>
            {t`Todos`}
          </Act>
          <Act
            icon={<Hand className="i i-md" />}
            run={() => run({ action: 'assign', assignee_id: meId })}
            ready={ready}
          >
            {t`Assumir`}
          </Act>
          <Act icon={<ArrowRightLeft className="i i-md" />} run={() => ask('transfer')} ready={ready}>
            {t`Transferir`}
          </Act>
          <Act icon={<AlarmClock className="i i-md" />} run={() => ask('snooze')} ready={ready}>
            {t`Adiar`}
          </Act>
          <Act icon={<Tag className="i i-md" />} run={() => ask('tag')} ready={ready}>
            {t`Etiquetar`}
          </Act>
          <Act icon={<CircleCheck className="i i-md" />} run={() => ask('close')} ready={ready}>
            {t`Encerrar`}
          </Act>
          {ready && (
            <ActionMenu
              label={t`Mais ações para os selecionados`}
              className="icon-btn"
              trigger={<EllipsisVertical className="i" aria-hidden="true" />}
              actions={furtherActions(run, () => ask('bot'))}
            />
          )}
        </span>
      </div>
      {many > MOST && <p className="bulk-note">{t`São no máximo ${MOST} de cada vez.`}</p>}
      {refused.length > 0 && (
        <div className="bulk-refused" role="alert">
          <p>
            <TriangleAlert className="i i-md" aria-hidden="true" />
            <b>
              <Plural value={refused.length} one="# não mudou:" other="# não mudaram:" />
            </b>
            <button
              type="button"
              className="icon-btn is-small"
              aria-label={t`Fechar`}
              onClick={() => setRefused([])}
            >
              <X className="i i-sm" aria-hidden="true" />
            </button>
          </p>
          <ul>
            {refused.map(({ ticket, why }) => (
              <li key={ticket.conversation_id}>
                <b dir="auto">{calledBy(ticket)}</b> {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      {asked === 'bot' && (
        <BotDialog
          title={plural(many, { one: 'Ativar bot em # conversa', other: 'Ativar bot em # conversas' })}
          leave={leave}
          wanted={(how) => run({ action: 'bot', ...how })}
        />
      )}
      {asked === 'transfer' && (
        <TransferDialog
          title={plural(many, { one: 'Transferir # conversa', other: 'Transferir # conversas' })}
          leave={leave}
          wanted={(to) => run({ action: 'transfer', ...to })}
        />
      )}
      {asked === 'snooze' && (
        <SnoozeDialog
          title={plural(many, { one: 'Adiar # conversa', other: 'Adiar # conversas' })}
          until={null}
          closes={firstToClose(tickets)}
          leave={leave}
          wanted={(off) => run({ action: 'snooze', ...off })}
        />
      )}
      {asked === 'tag' && (
        <TagDialog
          title={plural(many, { one: 'Etiquetar # atendimento', other: 'Etiquetar # atendimentos' })}
          leave={leave}
          wanted={(tags) => run({ action: 'tag', tags })}
        />
      )}
      {asked === 'close' && (
        <CloseDialog
          title={plural(many, { one: 'Encerrar # atendimento?', other: 'Encerrar # atendimentos?' })}
          leave={leave}
          wanted={(end) => run({ action: 'close', ...end })}
        />
      )}
    </section>
  )
}

interface ActProps {
  icon: ReactNode
  children: string
  run: () => void
  ready: boolean
  quiet?: boolean
}

function Act({ icon, children, run, ready, quiet = false }: ActProps) {
  return (
    <button
      type="button"
      className={quiet ? 'btn btn-quiet' : 'btn'}
      title={children}
      disabled={!ready}
      onClick={run}
    >
      {icon}
      <span>{children}</span>
    </button>
  )
}

function furtherActions(run: (wanted: Wanted) => void, askBot: () => void): Action[] {
  return [
    {
      id: 'answered',
      label: t`Marcar como respondidas`,
      icon: <CircleCheck className="i" aria-hidden="true" />,
      run: () => run({ action: 'answered', answered: true }),
    },
    {
      id: 'unanswered',
      label: t`Marcar como não respondidas`,
      icon: <MessageCircleDashed className="i" aria-hidden="true" />,
      run: () => run({ action: 'answered', answered: false }),
    },
    {
      id: 'bot',
      label: t`Ativar bot`,
      icon: <Bot className="i" aria-hidden="true" />,
      run: askBot,
    },
    {
      id: 'wake',
      label: t`Retomar as adiadas`,
      icon: <AlarmClockOff className="i" aria-hidden="true" />,
      apart: true,
      run: () => run({ action: 'wake' }),
    },
    {
      id: 'queue',
      label: t`Devolver à fila`,
      icon: <Undo2 className="i" aria-hidden="true" />,
      run: () => run({ action: 'unassign' }),
    },
  ]
}

const calledBy = ({ contact: { name, phone } }: Ticket): string =>
  (name !== phone && name) || readablePhone(phone) || t`Contato sem nome`

/** Of several windows the first end; null where one is closed for good. */
function firstToClose(tickets: readonly Ticket[]): string | null {
  const ends = tickets.map((ticket) => ticket.window_ends_at)
  return ends.includes(null) ? null : (ends.sort()[0] ?? null)
}
