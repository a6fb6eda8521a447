/** The history of a conversation, and the conversation as it was at any moment of it. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Eye } from 'lucide-react'
import { type FormEvent, useMemo, useState } from 'react'
import type { HistoryItem } from '../../../api'
import { actorText, originText } from '../../../lib/actorText'
import { problemText } from '../../../lib/problem'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { Dialog } from '../../../ui/Dialog'
import { LinesSkeleton } from '../../../ui/Skeleton'
import { formatDateTimeInput, parseDateTimeInput } from '../dateTimeInput'
import { useAgents } from '../useAgents'
import { useTeams } from '../useTeams'
import { eventText, type NameOf } from './eventText'
import { PastVersion } from './PastVersion'
import { useHistory } from './requests/useHistory'

interface HistoryDialogProps {
  conversationId: string
  name: string
  onClose: () => void
}

export function HistoryDialog({ conversationId, name, onClose }: HistoryDialogProps) {
  const now = useNow()
  const history = useHistory(conversationId)
  const nameOf = useNames()
  const [showsInternal, setShowsInternal] = useState(false)
  const [at, setAt] = useState<string | null>(null)
  const [field, setField] = useState(() => formatDateTimeInput(new Date(now)))
  const entries = useMemo(
    () =>
      (history.data ?? [])
        .map((item) => ({ item, text: eventText(item, nameOf, now) }))
        .filter(({ text }) => showsInternal || !text.isInternal),
    [history.data, showsInternal, nameOf, now],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const then = parseDateTimeInput(field)
    if (then) setAt(then.toISOString())
  }

  return (
    <Dialog title={<Trans>Histórico da conversa com {name}</Trans>} onClose={onClose} fullScreen>
      <div className="history" data-version-open={at !== null}>
        <div className="history-side">
          <form className="history-when" onSubmit={submit}>
            <label htmlFor="as-of">
              <Trans>Como estava em</Trans>
            </label>
            <input
              id="as-of"
              className="input"
              type="datetime-local"
              required
              max={formatDateTimeInput(new Date(now))}
              value={field}
              onChange={(event) => setField(event.target.value)}
            />
            <button type="submit" className="btn">
              <Trans>Ver</Trans>
            </button>
          </form>
          <label className="opt history-internal">
            <input
              type="checkbox"
              checked={showsInternal}
              onChange={(event) => setShowsInternal(event.target.checked)}
            />
            <span>
              <Trans>Mostrar também entregas e passos internos</Trans>
            </span>
          </label>
          <div className="history-list">
            {history.isPending && <LinesSkeleton />}
            {history.isError && (
              <p className="failed is-left" role="alert">
                <Trans>O histórico não veio: {problemText(history.error)}.</Trans>
                <button type="button" className="again" onClick={() => void history.refetch()}>
                  <Trans>Tentar de novo</Trans>
                </button>
              </p>
            )}
            <ol className="event-list" aria-label={t`Histórico da conversa`}>
              {entries.map(({ item, text }) => (
                <li key={item.id} data-selected={item.position === at}>
                  <time dateTime={item.at}>{formatDayAndTime(item.at, now)}</time>
                  <div>
                    <p>
                      <b>{text.title}</b>
                      <button
                        type="button"
                        className="icon-btn is-small"
                        aria-label={t`Como estava depois de: ${text.title}, ${formatDayAndTime(item.at, now)}`}
                        title={t`Como estava aqui`}
                        aria-pressed={item.position === at}
                        onClick={() => setAt(item.position)}
                      >
                        <Eye className="i i-sm" aria-hidden="true" />
                      </button>
                    </p>
                    {text.detail && (
                      <p className="event-detail" dir="auto">
                        {text.detail}
                      </p>
                    )}
                    {item.data.erased !== undefined && <p className="hint">{t`Parte disto foi apagada.`}</p>}
                    <p className="hint">{sourceText(item)}</p>
                  </div>
                </li>
              ))}
            </ol>
          </div>
        </div>
        <PastVersion conversationId={conversationId} name={name} at={at} onBack={() => setAt(null)} />
      </div>
    </Dialog>
  )
}

const sourceText = ({ who, from_where }: HistoryItem): string =>
  `${actorText(who)}, ${originText(from_where)}`

function useNames(): NameOf {
  const agents = useAgents()
  const teams = useTeams()
  return useMemo(() => {
    const names = new Map([...(agents.data ?? []), ...(teams.data ?? [])].map(({ id, name }) => [id, name]))
    return (id) => (typeof id === 'string' ? (names.get(id) ?? null) : null)
  }, [agents.data, teams.data])
}
