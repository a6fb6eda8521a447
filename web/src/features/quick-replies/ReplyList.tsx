/** One list of quick replies, with a search field. */

import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { QuickReply } from '../../api'
import type { Me } from '../../lib/contract'
import { formatShortTime, useNow } from '../../lib/time'
import { ErrorState } from '../../ui/EmptyState'
import { ListSkeleton } from '../../ui/Skeleton'
import { useQuickReplies } from './requests/useQuickReplies'
import { type Section, sections, sectionsOf, viewOf } from './sections'
import { stateChip } from './stateChip'

type LinkTarget = { to: string; params: Record<string, string> }

interface ReplyListProps {
  me: Me
  section: Section
  selected: string | undefined
  waiting: number
  sectionLink: (section: Section) => LinkTarget
  replyLink: (id: string) => LinkTarget
  onAdd: () => void
}

export function ReplyList({ me, section, selected, waiting, sectionLink, replyLink, onAdd }: ReplyListProps) {
  const { t, i18n } = useLingui()
  const [q, setQ] = useState('')
  const view = viewOf(section, me)
  const searches = section === 'em-uso' || section === 'arquivadas'
  const replies = useQuickReplies(view, searches ? q : '')
  const items = replies.data?.pages.flatMap((page) => page.items)
  return (
    <section className="contacts replies" aria-label={t`Respostas prontas`}>
      <header>
        <div className="replies-title">
          <h1>
            <Trans>Respostas prontas</Trans>
          </h1>
          {me.role === 'admin' && (
            <button type="button" className="btn btn-sm" onClick={onAdd}>
              <Plus className="i i-sm" aria-hidden="true" />
              <Trans>Nova</Trans>
            </button>
          )}
        </div>
        <nav className="reply-tabs" aria-label={t`Seções`}>
          {sectionsOf(me).map((one) => (
            <Link
              key={one}
              {...sectionLink(one)}
              className="tab"
              aria-current={one === section ? 'page' : undefined}
              aria-label={one === 'minhas' ? t`Minhas sugestões` : undefined}
            >
              {one === 'minhas' && me.role === 'admin' ? t`Minhas` : i18n._(sections[one].name)}
              {one === 'aprovar' && waiting > 0 && <span className="count">{waiting}</span>}
            </Link>
          ))}
        </nav>
        {searches && (
          <label className="input finder">
            <Search className="i i-md" aria-hidden="true" />
            <input
              type="search"
              aria-label={t`Buscar respostas`}
              placeholder={t`Nome, atalho ou texto`}
              value={q}
              onChange={(event) => setQ(event.target.value)}
            />
          </label>
        )}
      </header>
      <div className="contact-list" data-stale={replies.isPlaceholderData}>
        {replies.isPending && <ListSkeleton />}
        {!replies.isPending && !items && (
          <ErrorState
            title={<Trans>A lista não veio</Trans>}
            problem={replies.error}
            onRetry={() => void replies.refetch()}
          />
        )}
        {items?.length === 0 && <p className="hint replies-none">{emptyText(section, q)}</p>}
        <ul aria-label={i18n._(sections[section].name)}>
          {items?.map((reply) => (
            <li key={reply.id}>
              <Link
                {...replyLink(reply.id)}
                className="contact-row reply-row"
                aria-current={reply.id === selected ? 'true' : undefined}
              >
                <RowText reply={reply} section={section} />
              </Link>
            </li>
          ))}
        </ul>
        {replies.hasNextPage && (
          <button
            type="button"
            className="btn btn-sm more"
            disabled={replies.isFetchingNextPage}
            onClick={() => void replies.fetchNextPage()}
          >
            <Trans>Mostrar mais</Trans>
          </button>
        )}
      </div>
    </section>
  )
}

function RowText({ reply, section }: { reply: QuickReply; section: Section }) {
  const now = useNow()
  const { suggestion } = reply
  if ((section === 'aprovar' || section === 'minhas') && suggestion) {
    const at = formatShortTime(suggestion.at, now)
    return (
      <>
        <span className="contact-summary">
          <b dir="auto">{suggestion.name}</b>
          <small>{section === 'aprovar' ? `${suggestion.by.name}, ${at}` : at}</small>
        </span>
        {section === 'minhas' ? stateChip(suggestion.state) : isChange(reply)}
      </>
    )
  }
  return (
    <>
      <span className="contact-summary">
        <b dir="auto">{reply.name}</b>
        <small dir="auto">{reply.text}</small>
      </span>
      <span className="reply-side">
        {reply.shortcut && <span className="hint mono">/{reply.shortcut}</span>}
        {reply.uses > 0 && (
          <small className="hint">
            <Plural value={reply.uses} one="# uso" other="# usos" />
          </small>
        )}
      </span>
    </>
  )
}

const isChange = ({ version }: QuickReply): ReactNode =>
  version > 0 ? (
    <span className="chip chip-brand">
      <Trans>mudança</Trans>
    </span>
  ) : (
    <span className="chip">
      <Trans>nova</Trans>
    </span>
  )

function emptyText(section: Section, q: string): ReactNode {
  if (q) return <Trans>Nenhuma resposta com estas palavras.</Trans>
  switch (section) {
    case 'aprovar':
      return <Trans>Nada espera por aprovação.</Trans>
    case 'em-uso':
      return (
        <Trans>
          Ainda não há respostas prontas. Sugira uma pelo balão com + ao lado de uma mensagem sua.
        </Trans>
      )
    case 'arquivadas':
      return <Trans>Nenhuma foi arquivada.</Trans>
    case 'minhas':
      return (
        <Trans>Você ainda não sugeriu nada. Use o balão com + ao lado de uma mensagem que você enviou.</Trans>
      )
  }
}
