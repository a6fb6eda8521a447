/** A quick reply in use or archived: its text, who used it, and its versions. */

import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Archive, Pencil } from 'lucide-react'
import { useState } from 'react'
import type { QuickReplyDetails, QuickReplyVersion } from '../../api'
import type { Me } from '../../lib/contract'
import { formatDate, formatShortTime, useNow } from '../../lib/time'
import { AgentAvatar } from '../../ui/AgentAvatar'
import { ArchiveDialog } from './ArchiveDialog'
import { Preview } from './Preview'
import ReplyDialog from './ReplyDialog'
import type { Head } from './ReplySheet'
import { useArchiveReply } from './requests/useArchiveReply'
import { useSaveReply } from './requests/useSaveReply'
import { Versions } from './Versions'

interface InUseProps {
  me: Me
  reply: QuickReplyDetails
  head: Head
  /** Keeps what is shown as it is while a dialog is open. */
  hold: (isHeld: boolean) => void
  onArchived: () => void
}

export function InUse({ me, reply, head, hold, onArchived }: InUseProps) {
  const { t } = useLingui()
  const save = useSaveReply()
  const archive = useArchiveReply()
  const [dialog, showDialog] = useState<'edit' | 'archive' | null>(null)
  const setDialog = (shown: 'edit' | 'archive' | null) => {
    showDialog(shown)
    hold(shown !== null)
  }
  const teams = reply.teams.map(({ name }) => name).join(', ')
  const canEdit = me.role === 'admin' && reply.state === 'approved'
  return (
    <div className="contact-sheet reply-sheet">
      {head(
        <div className="ticket-title">
          <h1 dir="auto">{reply.name}</h1>
          <p>
            {reply.shortcut && <span className="mono">/{reply.shortcut}</span>}
            <span>{teams || t`Todas as equipes`}</span>
            {reply.state === 'archived' && (
              <span className="chip">
                <Trans>arquivada</Trans>
              </span>
            )}
          </p>
        </div>,
        canEdit && (
          <>
            <button type="button" className="btn is-kept" onClick={() => setDialog('edit')}>
              <Pencil className="i i-md" aria-hidden="true" />
              <Trans>Editar</Trans>
            </button>
            <button type="button" className="btn is-kept" onClick={() => setDialog('archive')}>
              <Archive className="i i-md" aria-hidden="true" />
              <Trans>Arquivar</Trans>
            </button>
          </>
        ),
      )}
      <div className="reply-body">
        <Preview text={reply.text} author={me.name} />
        <Uses reply={reply} isAdmin={me.role === 'admin'} />
        <VersionList versions={reply.versions} />
      </div>
      {dialog === 'edit' && (
        <ReplyDialog
          title={<Trans>Editar resposta pronta</Trans>}
          content={{ ...contentOf(reply), team_ids: reply.teams.map(({ id }) => id) }}
          author={me.name}
          submitLabel={<Trans>Salvar</Trans>}
          isPending={save.isPending}
          onClose={() => setDialog(null)}
          onSubmit={(body) => save.mutate({ reply, body }, { onSuccess: () => setDialog(null) })}
        />
      )}
      {dialog === 'archive' && (
        <ArchiveDialog
          name={reply.name}
          isPending={archive.isPending}
          onClose={() => setDialog(null)}
          onSubmit={() => archive.mutate(reply, { onSuccess: onArchived, onError: () => setDialog(null) })}
        />
      )}
    </div>
  )
}

const contentOf = ({ name, shortcut, text }: QuickReplyDetails) => ({ name, shortcut, text })

function Uses({ reply, isAdmin }: { reply: QuickReplyDetails; isAdmin: boolean }) {
  const { t } = useLingui()
  const now = useNow()
  const total = isAdmin ? reply.uses : reply.own_uses
  return (
    <section className="reply-part">
      <h2>
        <Trans>Uso</Trans>
        <span className="hint">
          {total === 0 ? (
            <Trans>ainda não foi usada</Trans>
          ) : (
            <Plural value={total} one="# mensagem" other="# mensagens" />
          )}
        </span>
      </h2>
      <ul className="uses" aria-label={t`Quem usou`}>
        {reply.uses_by.map(({ agent, uses, last_used_at }) => (
          <li key={agent.id}>
            <AgentAvatar name={agent.name} small />
            <b>{agent.name}</b>
            <span className="hint">
              <Trans>por último {formatShortTime(last_used_at, now)}</Trans>
            </span>
            <span className="uses-count">{uses.toLocaleString('pt-BR')}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Each version beside the one before it. */
function VersionList({ versions }: { versions: readonly QuickReplyVersion[] }) {
  const { t } = useLingui()
  const [shown, setShown] = useState<number | null>(null)
  const newest = versions[0]
  if (!newest) return null
  const after = versions.find(({ version }) => version === shown) ?? newest
  const before = versions.find(({ version }) => version === after.version - 1)
  const cardOf = (one: QuickReplyVersion) => ({
    ...one,
    chip: t`versão ${one.version}`,
    label: one === newest ? t`Em uso` : formatDate(one.at),
    hint: one === newest ? formatDate(one.at) : (one.by?.name ?? null),
  })
  return (
    <section className="reply-part">
      <h2>
        <Trans>Versões</Trans>
      </h2>
      {versions.length > 1 && (
        <fieldset className="version-picks" aria-label={t`Versão a comparar com a anterior`}>
          {versions.map((one) => (
            <button
              type="button"
              key={one.version}
              className="suggestion"
              aria-pressed={one === after}
              onClick={() => setShown(one.version)}
            >
              {one.version}
            </button>
          ))}
        </fieldset>
      )}
      <Versions before={before ? cardOf(before) : null} after={cardOf(after)} />
      <p className="hint">
        {after.by && after.approved_by && after.by.id !== after.approved_by.id ? (
          <Trans>
            De {after.by.name}, aprovada por {after.approved_by.name} em {formatDate(after.at)}
          </Trans>
        ) : (
          after.by && (
            <Trans>
              De {after.by.name}, em {formatDate(after.at)}
            </Trans>
          )
        )}
      </p>
    </section>
  )
}
