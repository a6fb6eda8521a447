/** The sheet: one conversation, open on the counter. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import type { Me, Ticket } from '../../lib/contract'
import { readablePhone } from '../../lib/formatPhone'
import { keys } from '../../lib/queryKeys'
import { Failed } from '../../ui/EmptyState'
import { HeadBones, ThreadBones } from '../../ui/Skeleton'
import { TicketHead } from './actions/TicketHead'
import { WindowWarning } from './actions/WindowWarning'
import { Composer } from './composer/Composer'
import { Scheduled } from './composer/ScheduledMessages'
import { ContactPanel } from './contact/ContactPanel'
import { Thread } from './thread/Thread'
import { useConversation } from './useConversation'
import { useViewing } from './useViewing'
import { Viewers } from './Viewers'

interface TicketSheetProps {
  conversationId: string
  me: Me
  back: { to: string; params: Record<string, string> }
  toContact: (contactId: string) => { to: string; params: Record<string, string> }
  panel: boolean
  togglePanel: () => void
  /** Told of the ticket that is shown, whenever its owner changes. */
  owned: (ticket: Ticket) => void
  /** What stands between head and thread: the connection's banner. */
  banner: ReactNode
}

export function TicketSheet({
  conversationId,
  me,
  back,
  toContact,
  panel,
  togglePanel,
  owned,
  banner,
}: TicketSheetProps) {
  const { t } = useLingui()
  const conversation = useConversation(conversationId)
  const lost = (conversation.error as { status?: number } | null)?.status === 404
  const typing = useViewing(conversationId, conversation.data !== undefined && !lost)
  const contact = conversation.data?.contact
  const name = contact ? readable(contact.name, contact.phone) || t`Contato sem nome` : ''

  useEffect(() => {
    document.title = name ? `${name} · Balcão` : 'Balcão'
  }, [name])

  const cache = useQueryClient()
  useEffect(() => {
    if (lost) cache.removeQueries({ queryKey: keys.messages(conversationId) })
  }, [cache, lost, conversationId])

  const shown = conversation.data?.ticket
  const told = useRef(owned)
  told.current = owned
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new owner is news
  useEffect(() => {
    if (shown) told.current(shown)
  }, [shown?.owner?.id])

  if (conversation.isPending) {
    return (
      <main className="sheet">
        <header className="ticket-head">
          <HeadBones />
        </header>
        <ThreadBones />
      </main>
    )
  }
  if (!conversation.data || lost) {
    return (
      <main className="sheet">
        <Failed
          title={
            lost ? (
              <Trans>Este atendimento não está com você</Trans>
            ) : (
              <Trans>Não deu para abrir esta conversa</Trans>
            )
          }
          problem={conversation.error}
          again={() => void conversation.refetch()}
        >
          <Trans>As outras conversas continuam funcionando, e seu rascunho está guardado.</Trans>
        </Failed>
      </main>
    )
  }
  const { ticket } = conversation.data
  return (
    <main className="sheet" data-panel={panel}>
      <TicketHead
        conversation={conversation.data}
        name={name}
        me={me}
        back={back}
        panel={panel}
        togglePanel={togglePanel}
      />
      <div className="sheet-body">
        <section className="talk" aria-label={t`Conversa`}>
          <div className="banners">
            {banner}
            <WindowWarning ticket={ticket} meId={me.id} />
            {ticket.stale && (
              <div className="banner" role="status">
                <History className="i" aria-hidden="true" />
                <span>
                  <Trans>
                    <b>Esta conversa pode estar desatualizada.</b> Parte dela espera por conferência.
                  </Trans>
                </span>
              </div>
            )}
          </div>
          <Thread
            conversationId={conversationId}
            contactName={name}
            myName={me.name}
            readUntil={conversation.data.read_until}
          />
          <Viewers conversationId={conversationId} meId={me.id} />
          <Scheduled conversationId={conversationId} />
          <Composer ticket={ticket} name={name} me={me} typing={typing} />
        </section>
        {panel && (
          <ContactPanel
            conversation={conversation.data}
            name={name}
            me={me}
            page={toContact(conversation.data.contact.id)}
          />
        )}
      </div>
    </main>
  )
}

/** A contact without a name is called by their number, written as people write it. */
const readable = (name: string, phone: string | null): string =>
  name && name !== phone ? name : (readablePhone(phone) ?? name)
