/** What happened in a conversation: who, what, when, from where; and how it stood at any of those moments. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Eye } from 'lucide-react'
import { type FormEvent, useMemo, useState } from 'react'
import type { HistoryItem } from '../../../api'
import { whereWords, whoWords } from '../../../lib/eventText'
import { wordsFor } from '../../../lib/problem'
import { dayAndHour, useNow } from '../../../lib/time'
import { Raised } from '../../../ui/Dialog'
import { LineBones } from '../../../ui/Skeleton'
import { read, written } from '../timePresets'
import { useAgents, useTeams } from '../useAgents'
import { type NameOf, told } from './eventText'
import { StoodThen } from './PastVersion'
import { useHistory } from './requests/useHistory'

interface HistoryDialogProps {
  conversationId: string
  name: string
  leave: () => void
}

export function HistoryDialog({ conversationId, name, leave }: HistoryDialogProps) {
  const now = useNow()
  const history = useHistory(conversationId)
  const nameOf = useNames()
  const [inner, showInner] = useState(false)
  const [at, look] = useState<string | null>(null)
  const [field, setField] = useState(() => written(new Date(now)))
  const facts = useMemo(
    () =>
      (history.data ?? [])
        .map((item) => ({ item, said: told(item, nameOf, now) }))
        .filter(({ said }) => inner || !said.inner),
    [history.data, inner, nameOf, now],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const then = read(field)
    if (then) look(then.toISOString())
  }

  return (
    <Raised title={<Trans>Histórico da conversa com {name}</Trans>} leave={leave} whole>
      <div className="history" data-looking={at !== null}>
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
              max={written(new Date(now))}
              value={field}
              onChange={(event) => setField(event.target.value)}
            />
            <button type="submit" className="btn">
              <Trans>Ver</Trans>
            </button>
          </form>
          <label className="opt history-inner">
            <input type="checkbox" checked={inner} onChange={(event) => showInner(event.target.checked)} />
            <span>
              <Trans>Mostrar também entregas e passos internos</Trans>
            </span>
          </label>
          <div className="history-list">
            {history.isPending && <LineBones />}
            {history.isError && (
              <p className="failed is-left" role="alert">
                <Trans>O histórico não veio: {wordsFor(history.error)}.</Trans>
                <button type="button" className="again" onClick={() => void history.refetch()}>
                  <Trans>Tentar de novo</Trans>
                </button>
              </p>
            )}
            <ol className="told" aria-label={t`Histórico da conversa`}>
              {facts.map(({ item, said }) => (
                <li key={item.id} data-then={item.position === at}>
                  <time dateTime={item.at}>{dayAndHour(item.at, now)}</time>
                  <div>
                    <p>
                      <b>{said.title}</b>
                      <button
                        type="button"
                        className="icon-btn is-small"
                        aria-label={t`Como estava depois de: ${said.title}, ${dayAndHour(item.at, now)}`}
                        title={t`Como estava aqui`}
                        aria-pressed={item.position === at}
                        onClick={() => look(item.position)}
                      >
                        <Eye className="i i-sm" aria-hidden="true" />
                      </button>
                    </p>
                    {said.words && (
                      <p className="told-words" dir="auto">
                        {said.words}
                      </p>
                    )}
                    {item.data.erased !== undefined && <p className="hint">{t`Parte disto foi apagada.`}</p>}
                    <p className="hint">{fromWhom(item)}</p>
                  </div>
                </li>
              ))}
            </ol>
          </div>
        </div>
        <StoodThen conversationId={conversationId} name={name} at={at} back={() => look(null)} />
      </div>
    </Raised>
  )
}

const fromWhom = ({ who, from_where }: HistoryItem): string => `${whoWords(who)}, ${whereWords(from_where)}`

function useNames(): NameOf {
  const agents = useAgents()
  const teams = useTeams()
  return useMemo(() => {
    const names = new Map([...(agents.data ?? []), ...(teams.data ?? [])].map(({ id, name }) => [id, name]))
    return (id) => (typeof id === 'string' ? (names.get(id) ?? null) : null)
  }, [agents.data, teams.data])
}
