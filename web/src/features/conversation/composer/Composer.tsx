/** The composer for messages and notes; its upper edge shows the 24-hour window. */

import { Trans } from '@lingui/react/macro'
import { Bell, BellOff, BookOpen, CircleCheck, Eraser } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Conversation, Me, Ticket } from '../../../lib/contract'
import { firstNameOf } from '../../../lib/firstName'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { windowAt } from '../../../lib/window'
import { MessageField, TemplatesButton } from './MessageField'
import { type Mode, ModeTabs } from './ModeTabs'
import { NoteField } from './NoteField'
import { useDraft } from './requests/useDraft'
import { SavedDraft } from './SavedDraft'

interface ComposerProps {
  ticket: Ticket
  access: Conversation['access']
  name: string
  me: Me
  /** Called when the agent types to the customer. */
  onTyping: () => void
  /** Shows the templates; without it there is no bell. */
  onOpenTemplates?: () => void
}

export function Composer({ ticket, access, name, me, onTyping, onOpenTemplates }: ComposerProps) {
  const now = useNow()
  const [mode, setMode] = useState<Mode>('message')
  const [draft, setDraft] = useDraft(me.id, ticket.conversation_id)
  const window = windowAt(ticket.window_ends_at, now)
  const firstName = firstNameOf(name)
  const tabs = <ModeTabs mode={mode} onChange={setMode} />

  if (ticket.contact.erased) return <ErasedNotice draft={draft} onClear={() => setDraft('')} />
  if (access === 'read') {
    return (
      <LockedComposer
        icon={<BookOpen className="i i-lg" aria-hidden="true" />}
        title={<Trans>Você vê esta conversa até o fim deste atendimento</Trans>}
        draft={draft}
      >
        <Trans>O que vier depois é de quem atende a partir daqui.</Trans>
      </LockedComposer>
    )
  }
  if (access === 'notes') {
    return (
      <NoteField
        conversationId={ticket.conversation_id}
        me={me}
        tabs={
          <span className="compose-who">
            {ticket.owner ? (
              <Trans>O atendimento está com {ticket.owner.name}; você participa com notas</Trans>
            ) : (
              <Trans>O atendimento não está com você; você participa com notas</Trans>
            )}
          </span>
        }
        draft={draft}
      />
    )
  }
  if (ticket.state === 'closed') {
    return (
      <LockedComposer
        icon={<CircleCheck className="i i-lg" aria-hidden="true" />}
        title={<Trans>Este atendimento foi encerrado</Trans>}
        draft={draft}
        onOpenTemplates={onOpenTemplates}
      >
        {onOpenTemplates ? (
          <Trans>
            Quando {firstName} escrever de novo, a conversa volta. Um modelo abre outro atendimento.
          </Trans>
        ) : (
          <Trans>Quando {firstName} escrever de novo, a conversa volta.</Trans>
        )}
      </LockedComposer>
    )
  }
  if (mode === 'note') return <NoteField conversationId={ticket.conversation_id} me={me} tabs={tabs} />
  if (window.state === 'closed') {
    const closed = ticket.window_ends_at && formatDayAndTime(ticket.window_ends_at, now)
    return (
      <LockedComposer
        icon={
          onOpenTemplates ? (
            <Bell className="i i-lg" aria-hidden="true" />
          ) : (
            <BellOff className="i i-lg" aria-hidden="true" />
          )
        }
        title={
          closed ? (
            <Trans>A janela de 24 horas fechou {closed}</Trans>
          ) : (
            <Trans>A janela de 24 horas ainda não se abriu</Trans>
          )
        }
        draft={draft}
        tabs={tabs}
        onOpenTemplates={onOpenTemplates}
      >
        {onOpenTemplates ? (
          <Trans>
            Para falar com {firstName} agora, envie uma mensagem ativa. O campo abre de novo quando a resposta
            chegar.
          </Trans>
        ) : (
          <Trans>
            O WhatsApp só aceita texto livre por 24 horas. Quando {firstName} escrever, o campo abre de novo.
          </Trans>
        )}
      </LockedComposer>
    )
  }
  return (
    <MessageField
      ticket={ticket}
      me={me}
      firstName={firstName}
      draft={draft}
      setDraft={(text) => {
        setDraft(text)
        if (text) onTyping()
      }}
      window={window}
      tabs={tabs}
      onOpenTemplates={onOpenTemplates}
    />
  )
}

/** In place of the composer; what was begun here about somebody erased goes, too. */
function ErasedNotice({ draft, onClear }: { draft: string; onClear: () => void }) {
  const latestOnClear = useRef(onClear)
  latestOnClear.current = onClear
  useEffect(() => {
    if (draft) latestOnClear.current()
  }, [draft])
  return (
    <div className="composer is-locked">
      <i className="edge" aria-hidden="true" />
      <div className="locked" role="status">
        <span className="badge">
          <Eraser className="i i-lg" aria-hidden="true" />
        </span>
        <b>
          <Trans>Dados apagados</Trans>
        </b>
        <p>
          <Trans>
            Esta pessoa pediu que seus dados fossem apagados. Se ela escrever, começa outra conversa.
          </Trans>
        </p>
      </div>
    </div>
  )
}

interface LockedComposerProps {
  icon: ReactNode
  title: ReactNode
  draft: string
  tabs?: ReactNode
  /** What leads on from here: the bell lights up. */
  onOpenTemplates?: () => void
  children: ReactNode
}

function LockedComposer({ icon, title, draft, tabs, onOpenTemplates, children }: LockedComposerProps) {
  return (
    <div className="composer is-locked">
      <i className="edge" aria-hidden="true" />
      {tabs && <div className="compose-top">{tabs}</div>}
      <div className="locked">
        <span className="badge">{icon}</span>
        <b>{title}</b>
        {onOpenTemplates && (
          <button type="button" className="btn btn-main" onClick={onOpenTemplates}>
            <Bell className="i i-md" aria-hidden="true" />
            <Trans>Escolher modelo</Trans>
          </button>
        )}
        <p>{children}</p>
      </div>
      <SavedDraft draft={draft} />
      {onOpenTemplates && (
        <div className="compose-tools">
          <TemplatesButton onOpen={onOpenTemplates} isLit />
        </div>
      )}
    </div>
  )
}
