/** One conversation: header, thread, composer, contact panel. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { contactName } from '../../lib/contactName'
import type { Conversation, Me, Message, Ticket } from '../../lib/contract'
import { queryKeys } from '../../lib/queryKeys'
import { HeaderSkeleton, ThreadSkeleton } from '../../ui/Skeleton'
import { TicketHead } from './actions/TicketHead'
import { WindowWarning } from './actions/WindowWarning'
import { ConversationError } from './ConversationError'
import { Composer } from './composer/Composer'
import { ScheduledMessages } from './composer/ScheduledMessages'
import { ContactPanel } from './contact/ContactPanel'
import { Thread } from './thread/Thread'
import { useConversation } from './useConversation'
import { useViewing } from './useViewing'
import { Viewers } from './Viewers'

interface TicketSheetProps {
  conversationId: string
  me: Me
  back: { to: string; params: Record<string, string> }
  contactLink: (contactId: string) => { to: string; params: Record<string, string> }
  panelOpen: boolean
  onTogglePanel: () => void
  /** Called with the shown ticket whenever its owner changes. */
  onOwnerChange: (ticket: Ticket) => void
  /** Opens the message templates, for who may send. */
  onOpenTemplates: (conversation: Conversation) => void
  /** Suggests a quick reply from one of the agent's own messages to this customer. */
  onSuggest: (message: Message, customer: string) => void
}

export function TicketSheet({
  conversationId,
  me,
  back,
  contactLink,
  panelOpen,
  onTogglePanel,
  onOwnerChange,
  onOpenTemplates,
  onSuggest,
}: TicketSheetProps) {
  const { t } = useLingui()
  const conversation = useConversation(conversationId)
  const isGone = (conversation.error as { status?: number } | null)?.status === 404
  // Who only reads what came before is not among those who have it open now.
  const isPresent = conversation.data !== undefined && !isGone && conversation.data.access !== 'read'
  const reportTyping = useViewing(conversationId, isPresent)
  const contact = conversation.data?.contact
  const name = contact ? contactName(contact) : ''

  useEffect(() => {
    document.title = name ? `${name} · Balcão` : 'Balcão'
  }, [name])

  const cache = useQueryClient()
  useEffect(() => {
    if (isGone) cache.removeQueries({ queryKey: queryKeys.messages(conversationId) })
  }, [cache, isGone, conversationId])

  const shownTicket = conversation.data?.ticket
  const latestOnOwnerChange = useRef(onOwnerChange)
  latestOnOwnerChange.current = onOwnerChange
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new owner matters
  useEffect(() => {
    if (shownTicket) latestOnOwnerChange.current(shownTicket)
  }, [shownTicket?.owner?.id])

  if (conversation.isPending) {
    return (
      <main className="sheet">
        <header className="ticket-head">
          <HeaderSkeleton />
        </header>
        <ThreadSkeleton />
      </main>
    )
  }
  if (!conversation.data || isGone) {
    return (
      <main className="sheet">
        <ConversationError query={conversation} back={back} />
      </main>
    )
  }
  const { ticket, access } = conversation.data
  return (
    <main className="sheet" data-panel={panelOpen}>
      <TicketHead
        conversation={conversation.data}
        name={name}
        me={me}
        back={back}
        panelOpen={panelOpen}
        onTogglePanel={onTogglePanel}
      />
      <div className="sheet-body">
        <section className="talk" aria-label={t`Conversa`}>
          <div className="banners">
            <WindowWarning ticket={ticket} />
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
            onSuggest={(message) => onSuggest(message, name)}
          />
          <Viewers conversationId={conversationId} meId={me.id} />
          <ScheduledMessages conversationId={conversationId} canCancel={access === 'full'} />
          <Composer
            ticket={ticket}
            access={access}
            name={name}
            me={me}
            onTyping={reportTyping}
            onOpenTemplates={() => onOpenTemplates(conversation.data)}
          />
        </section>
        {panelOpen && (
          <ContactPanel
            conversation={conversation.data}
            name={name}
            me={me}
            page={contactLink(conversation.data.contact.id)}
          />
        )}
      </div>
    </main>
  )
}
