/** Decides a suggestion: the version in use and the suggested one side by side, and a preview. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useState } from 'react'
import type { NewQuickReply, QuickReplyDetails } from '../../api'
import type { Me } from '../../lib/contract'
import { countCharacters } from '../../lib/countCharacters'
import { formatDayAndTime, useNow } from '../../lib/time'
import { AgentAvatar } from '../../ui/AgentAvatar'
import { GreetingHint, withGreeting } from './GreetingHint'
import { Preview } from './Preview'
import RejectDialog from './RejectDialog'
import ReplyDialog from './ReplyDialog'
import type { Head } from './ReplySheet'
import { useDecide } from './requests/useDecide'
import { Versions } from './Versions'

interface ApprovalProps {
  me: Me
  reply: QuickReplyDetails
  head: Head
  link: (conversationId: string) => { to: string; params: Record<string, string> }
  /** Keeps what is shown as it is while a dialog is open. */
  hold: (isHeld: boolean) => void
  onDecided: () => void
}

export function Approval({ me, reply, head, link, hold, onDecided }: ApprovalProps) {
  const { t } = useLingui()
  const now = useNow()
  const decide = useDecide()
  const [dialog, showDialog] = useState<'edit' | 'reject' | null>(null)
  const setDialog = (shown: 'edit' | 'reject' | null) => {
    showDialog(shown)
    hold(shown !== null)
  }
  const { suggestion } = reply
  if (!suggestion) return null
  const next = reply.version + 1
  const isOwn = suggestion.by.id === me.id
  const teams = reply.teams.map(({ name }) => name).join(', ')
  const characters = countCharacters(suggestion.text)
  const approve = (content?: Partial<NewQuickReply>) =>
    decide.mutate({ reply, body: { approved: true, ...content } }, { onSuccess: onDecided })

  return (
    <div className="contact-sheet reply-sheet">
      {head(
        <>
          <AgentAvatar name={suggestion.by.name} />
          <div className="ticket-title">
            <h1 dir="auto">{suggestion.name}</h1>
            <p>
              <span>
                <Trans>
                  {suggestion.by.name} sugeriu {formatDayAndTime(suggestion.at, now)}
                </Trans>
              </span>
              <span>
                <Link {...link(suggestion.conversation_id)}>
                  <Trans>ver a conversa</Trans>
                </Link>
              </span>
              <span className="wide">{teams || t`Todas as equipes`}</span>
            </p>
          </div>
        </>,
      )}
      <div className="reply-body">
        <Versions
          isSuggested
          before={
            reply.version > 0
              ? { ...reply, chip: t`versão ${reply.version}`, label: t`Em uso`, hint: usesText(reply.uses) }
              : null
          }
          after={{
            ...suggestion,
            chip: t`versão ${next}`,
            label: t`Sugerida`,
            hint: t`${characters} caracteres`,
          }}
        />
        <Preview text={suggestion.text} author={suggestion.by.name} />
        {!isOwn && (
          <GreetingHint
            text={suggestion.text}
            isPending={decide.isPending}
            onReplace={() => approve({ text: withGreeting(suggestion.text) })}
          />
        )}
        {isOwn && (
          <p className="hint">
            <Trans>Você sugeriu esta; outra pessoa da administração decide.</Trans>
          </p>
        )}
      </div>
      <footer className="reply-actions">
        <button
          type="button"
          className="btn btn-danger"
          disabled={isOwn || decide.isPending}
          onClick={() => setDialog('reject')}
        >
          <span>
            <Trans>
              Recusar<span className="wide"> com motivo</span>
            </Trans>
          </span>
        </button>
        <span className="right">
          <button
            type="button"
            className="btn"
            disabled={isOwn || decide.isPending}
            onClick={() => setDialog('edit')}
          >
            <Trans>Editar antes</Trans>
          </button>
          <button
            type="button"
            className="btn btn-main"
            disabled={isOwn || decide.isPending}
            onClick={() => approve()}
          >
            <Check className="i i-md" aria-hidden="true" />
            <Trans>Aprovar versão {next}</Trans>
          </button>
        </span>
      </footer>
      {dialog === 'reject' && (
        <RejectDialog
          name={suggestion.name}
          author={suggestion.by.name}
          isPending={decide.isPending}
          onClose={() => setDialog(null)}
          onSubmit={(reason) =>
            decide.mutate({ reply, body: { approved: false, reason } }, { onSuccess: onDecided })
          }
        />
      )}
      {dialog === 'edit' && (
        <ReplyDialog
          title={<Trans>Editar e aprovar</Trans>}
          content={{ ...suggestion, team_ids: reply.teams.map(({ id }) => id) }}
          author={suggestion.by.name}
          submitLabel={<Trans>Aprovar versão {next}</Trans>}
          isPending={decide.isPending}
          onClose={() => setDialog(null)}
          onSubmit={approve}
        />
      )}
    </div>
  )

  function usesText(uses: number) {
    return uses === 1 ? t`1 uso` : t`${uses} usos`
  }
}
