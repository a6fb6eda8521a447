/** One quick reply: the suggestion to decide, what is in use, or one's own suggestion. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { QuickReplyDetails } from '../../api'
import type { Me } from '../../lib/contract'
import { ErrorState } from '../../ui/EmptyState'
import { HeaderSkeleton, LinesSkeleton } from '../../ui/Skeleton'
import { Approval } from './Approval'
import { InUse } from './InUse'
import { OwnSuggestion } from './OwnSuggestion'
import { useQuickReply } from './requests/useQuickReply'
import type { Section } from './sections'

interface ReplySheetProps {
  me: Me
  id: string
  section: Section
  back: { to: string; params: Record<string, string> }
  /** The conversation that a suggestion is from. */
  conversationLink: (conversationId: string) => { to: string; params: Record<string, string> }
  /** After a decision there is another one to take. */
  onDecided: () => void
}

export function ReplySheet({ me, id, section, back, conversationLink, onDecided }: ReplySheetProps) {
  const { t } = useLingui()
  const reply = useQuickReply(id)
  /** What somebody has begun to change: it stays until they are done, whoever is faster. */
  const [held, setHeld] = useState<QuickReplyDetails | null>(null)
  const name = reply.data ? (reply.data.suggestion?.name ?? reply.data.name) : ''
  useEffect(() => {
    document.title = name ? `${name} · Balcão` : 'Respostas prontas · Balcão'
  }, [name])

  const head = (title: ReactNode, actions?: ReactNode) => (
    <header className="ticket-head">
      <Link {...back} className="icon-btn back" aria-label={t`Voltar à lista`}>
        <ChevronLeft className="i" aria-hidden="true" />
      </Link>
      {title}
      {actions && <div className="ticket-actions">{actions}</div>}
    </header>
  )
  if (reply.isPending) {
    return (
      <div className="contact-sheet">
        {head(<HeaderSkeleton />)}
        <LinesSkeleton />
      </div>
    )
  }
  if (!reply.data) {
    return (
      <div className="contact-sheet">
        <ErrorState
          title={<Trans>Não deu para abrir esta resposta</Trans>}
          problem={reply.error}
          onRetry={() => void reply.refetch()}
          back={
            <Link {...back} className="btn back">
              <Trans>Voltar à lista</Trans>
            </Link>
          }
        />
      </div>
    )
  }
  const page = held ?? reply.data
  const hold = (isHeld: boolean) => setHeld(isHeld ? page : null)
  const { suggestion } = page
  if (section === 'aprovar' && suggestion?.state === 'waiting') {
    return (
      <Approval me={me} reply={page} head={head} link={conversationLink} hold={hold} onDecided={onDecided} />
    )
  }
  if (section === 'minhas' && suggestion) return <OwnSuggestion reply={page} head={head} />
  return <InUse me={me} reply={page} head={head} hold={hold} onArchived={onDecided} />
}

export type Head = (title: ReactNode, actions?: ReactNode) => ReactNode
