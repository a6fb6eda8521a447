/** The workspace: the rail of tickets and the open conversation. */

import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, use, useEffect, useState } from 'react'
import { tinykeys } from 'tinykeys'
import { TicketSheet } from '../features/conversation'
import { Rail } from '../features/ticket-list/Rail'
import { useOrder } from '../features/ticket-list/requests/useOrder'
import { orderForView } from '../features/ticket-list/requests/useTickets'
import { TopBar } from '../features/ticket-list/TopBar'
import { useSelection } from '../features/ticket-list/useSelection'
import { contactName } from '../lib/contactName'
import type { Conversation, Message, Ticket } from '../lib/contract'
import type { TicketList } from '../lib/merge'
import { DEFAULT_ORDER } from '../lib/order'
import { queryKeys } from '../lib/queryKeys'
import { readStored, writeStored } from '../lib/storage'
import { useMe } from '../lib/useMe'
import { EmptyState } from '../ui/EmptyState'
import { viewLink, WideLayoutContext } from './AppLayout'
import { paths, slugOf, viewOf } from './paths'

const BulkBar = lazy(() => import('../features/conversation/actions/BulkBar'))
const TemplatesDialog = lazy(() => import('../features/templates/TemplatesDialog'))
const SuggestDialog = lazy(() => import('../features/quick-replies/SuggestDialog'))

const PANEL_KEY = 'balcao.panel'

export function DeskPage() {
  const me = useMe()
  const params = useParams({ strict: false })
  const navigate = useNavigate()
  const cache = useQueryClient()
  const order = useOrder() ?? DEFAULT_ORDER
  const view = viewOf(params.view ?? '')
  const { conversationId } = params
  const selection = useSelection(view)
  const { panel, togglePanel } = usePanel()
  const [writingTo, setWritingTo] = useState<Conversation | null>(null)
  const [suggested, setSuggested] = useState<{ message: Message; customer: string } | null>(null)

  const ticketLink = (id: string) => ({
    to: paths.ticket,
    params: { view: slugOf(view), conversationId: id },
  })
  const contactLink = (id: string) => ({ to: paths.contact, params: { contactId: id } })
  /** A ticket that this agent took has left the queue or the bot's list: open it where it is now. */
  const followOwnTicket = (ticket: Ticket) => {
    if (ticket.owner?.id !== me.id || (view !== 'queue' && view !== 'bot')) return
    const params = { view: slugOf('mine'), conversationId: ticket.conversation_id }
    void navigate({ to: paths.ticket, params, replace: true })
  }
  const openNeighbour = (by: 1 | -1) => {
    const items =
      cache.getQueryData<TicketList>(queryKeys.tickets(view, orderForView(view, order)))?.items ?? []
    const at = items.findIndex((ticket) => ticket.conversation_id === conversationId)
    const next = items[at < 0 ? 0 : at + by]
    if (next) void navigate(ticketLink(next.conversation_id))
  }
  useShortcuts({
    'Alt+ArrowDown': () => openNeighbour(1),
    'Alt+ArrowUp': () => openNeighbour(-1),
    'Alt+i': togglePanel,
  })

  return (
    <>
      <TopBar
        view={view}
        viewLink={viewLink}
        onStartSelection={view === 'closed' ? undefined : selection.start}
      />
      <Rail
        key={view}
        view={view}
        meId={me.id}
        selected={conversationId}
        ticketLink={ticketLink}
        selection={selection}
        bulkBar={(tickets, all) => (
          <Suspense>
            <BulkBar tickets={tickets} meId={me.id} onSelect={selection.replace} onSelectAll={all} />
          </Suspense>
        )}
      />
      {conversationId ? (
        <TicketSheet
          key={conversationId}
          conversationId={conversationId}
          me={me}
          back={viewLink(view)}
          contactLink={contactLink}
          panelOpen={panel}
          onTogglePanel={togglePanel}
          onOwnerChange={followOwnTicket}
          onOpenTemplates={setWritingTo}
          onSuggest={(message, customer) => setSuggested({ message, customer })}
        />
      ) : (
        <NoTicketSheet />
      )}
      <Suspense>
        {writingTo && (
          <TemplatesDialog
            recipient={{
              contactId: writingTo.contact.id,
              name: contactName(writingTo.contact),
              // What is written after the end of a ticket begins the next one.
              conversationId: writingTo.ticket.state === 'closed' ? null : writingTo.ticket.conversation_id,
            }}
            channelId={writingTo.channel.id}
            protocol={writingTo.ticket.state === 'closed' ? null : writingTo.ticket.protocol}
            me={me}
            onClose={() => setWritingTo(null)}
            onSent={() => setWritingTo(null)}
          />
        )}
      </Suspense>
      {suggested && (
        <Suspense>
          <SuggestDialog {...suggested} onClose={() => setSuggested(null)} />
        </Suspense>
      )}
    </>
  )
}

/** Whether the contact panel is open: docked where there is room, else a drawer that starts closed. */
function usePanel() {
  const wide = use(WideLayoutContext)
  const [docked, setDocked] = useState(() => readStored<boolean>(PANEL_KEY) ?? true)
  const [drawerOpen, setDrawerOpen] = useState(false)

  const togglePanel = () => {
    if (!wide) return setDrawerOpen(!drawerOpen)
    writeStored(PANEL_KEY, !docked)
    setDocked(!docked)
  }
  return { panel: wide ? docked : drawerOpen, togglePanel }
}

function NoTicketSheet() {
  useEffect(() => {
    document.title = 'Balcão'
  }, [])
  return (
    <main className="sheet is-empty">
      <EmptyState title={<Trans>Balcão aberto</Trans>} ringing>
        <Trans>Escolha um atendimento ao lado. O ponto vermelho mostra quem espera por uma resposta.</Trans>
      </EmptyState>
    </main>
  )
}

function useShortcuts(bindings: Record<string, () => void>): void {
  useEffect(() => {
    const bound = Object.entries(bindings).map(([combination, run]) => [
      combination,
      (event: KeyboardEvent) => {
        event.preventDefault()
        run()
      },
    ])
    // The shortcuts use Alt, so they also work while typing in a field.
    return tinykeys(window, Object.fromEntries(bound), { ignore: (event) => event.isComposing })
  })
}
