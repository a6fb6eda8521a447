/** One's own suggestion: its state, and the reason when it was rejected. */

import { Trans, useLingui } from '@lingui/react/macro'
import { CircleAlert } from 'lucide-react'
import type { QuickReplyDetails } from '../../api'
import { formatDayAndTime, useNow } from '../../lib/time'
import { Preview } from './Preview'
import type { Head } from './ReplySheet'
import { useWithdraw } from './requests/useWithdraw'
import { stateChip } from './stateChip'
import { Versions } from './Versions'

export function OwnSuggestion({ reply, head }: { reply: QuickReplyDetails; head: Head }) {
  const { t } = useLingui()
  const now = useNow()
  const withdraw = useWithdraw()
  const { suggestion } = reply
  if (!suggestion) return null
  const waits = suggestion.state === 'waiting'
  const approved = suggestion.state === 'approved'
  const base = reply.versions.find(({ version }) => version === suggestion.quick_reply_version)
  // What was approved may have been edited before.
  const result = approved
    ? reply.versions.find(({ version }) => version === suggestion.quick_reply_version + 1)
    : undefined
  return (
    <div className="contact-sheet reply-sheet">
      {head(
        <div className="ticket-title">
          <h1 dir="auto">{suggestion.name}</h1>
          <p>
            {stateChip(suggestion.state)}
            <span>
              <Trans>Você sugeriu {formatDayAndTime(suggestion.at, now)}</Trans>
            </span>
          </p>
        </div>,
        waits && (
          <button
            type="button"
            className="btn is-kept"
            disabled={withdraw.isPending}
            onClick={() => withdraw.mutate({ id: reply.id, name: suggestion.name })}
          >
            <Trans>Retirar sugestão</Trans>
          </button>
        ),
      )}
      <div className="reply-body">
        {suggestion.state === 'rejected' && suggestion.reason && (
          <div className="callout is-danger">
            <CircleAlert className="i" aria-hidden="true" />
            <div>
              <b>
                <Trans>Recusada</Trans>
              </b>
              <p className="words" dir="auto">
                {suggestion.reason}
              </p>
            </div>
          </div>
        )}
        {result && result.text !== suggestion.text ? (
          <Versions
            before={{ ...suggestion, chip: t`sugerida`, label: t`Como você sugeriu` }}
            after={{ ...result, chip: t`versão ${result.version}`, label: t`Como foi aprovada` }}
          />
        ) : (
          <Versions
            isSuggested={waits}
            before={base ? { ...base, chip: t`versão ${base.version}`, label: t`Em uso` } : null}
            after={{
              ...suggestion,
              chip: approved ? t`versão ${suggestion.quick_reply_version + 1}` : t`sugerida`,
              label: approved ? t`Aprovada como sugerida` : t`Sua sugestão`,
            }}
          />
        )}
        <Preview text={(result ?? suggestion).text} author={suggestion.by.name} />
      </div>
    </div>
  )
}
