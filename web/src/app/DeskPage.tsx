/** The desk: rail and sheet. */

import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, use, useEffect, useState } from 'react'
import { tinykeys } from 'tinykeys'
import { TicketSheet } from '../features/conversation'
import { Rail } from '../features/ticket-list/Rail'
import { orderIn, useOrder } from '../features/ticket-list/requests/useTickets'
import { TopBar } from '../features/ticket-list/TopBar'
import { useChoice } from '../features/ticket-list/useSelection'
import type { Ticket } from '../lib/contract'
import type { TicketList } from '../lib/merge'
import { NEWEST } from '../lib/order'
import { keys } from '../lib/queryKeys'
import { store, stored } from '../lib/storage'
import { useMe } from '../lib/useMe'
import { Quiet } from '../ui/EmptyState'
import { toView, WideContext } from './AppLayout'
import { ConnectionBanner } from './ConnectionBanner'
import { paths, slugOf, viewOf } from './paths'

const BulkBar = lazy(() => import('../features/conversation/actions/BulkBar'))

const PANEL = 'balcao.panel'

export function DeskPage() {
  const me = useMe()
  const params = useParams({ strict: false })
  const navigate = useNavigate()
  const cache = useQueryClient()
  const order = useOrder() ?? NEWEST
  const view = viewOf(params.view ?? '')
  const { conversationId } = params
  const choice = useChoice(view)
  const { panel, togglePanel } = usePanel()

  const toTicket = (id: string) => ({ to: paths.ticket, params: { view: slugOf(view), conversationId: id } })
  const toContact = (id: string) => ({ to: paths.contact, params: { contactId: id } })
  /** A ticket that became mine has left the queue: the desk goes with it to the list where it stands now. */
  const follow = (ticket: Ticket) => {
    if (ticket.owner?.id !== me.id || (view !== 'queue' && view !== 'bot')) return
    const params = { view: slugOf('mine'), conversationId: ticket.conversation_id }
    void navigate({ to: paths.ticket, params, replace: true })
  }
  const step = (by: 1 | -1) => {
    const items = cache.getQueryData<TicketList>(keys.tickets(view, orderIn(view, order)))?.items ?? []
    const at = items.findIndex((ticket) => ticket.conversation_id === conversationId)
    const next = items[at < 0 ? 0 : at + by]
    if (next) void navigate(toTicket(next.conversation_id))
  }
  useKeys({ 'Alt+ArrowDown': () => step(1), 'Alt+ArrowUp': () => step(-1), 'Alt+i': togglePanel })

  return (
    <>
      <TopBar view={view} linkTo={toView} begin={view === 'closed' ? undefined : choice.begin} />
      <Rail
        key={view}
        view={view}
        meId={me.id}
        selected={conversationId}
        linkTo={toTicket}
        choice={choice}
        bulk={(tickets, all) => (
          <Suspense>
            <BulkBar tickets={tickets} meId={me.id} keep={choice.only} all={all} />
          </Suspense>
        )}
      />
      {conversationId ? (
        <TicketSheet
          key={conversationId}
          conversationId={conversationId}
          me={me}
          back={toView(view)}
          toContact={toContact}
          panel={panel}
          togglePanel={togglePanel}
          owned={follow}
          banner={<ConnectionBanner />}
        />
      ) : (
        <EmptySheet />
      )}
    </>
  )
}

/** The contact panel: part of a wide desk until put away, a drawer over a narrow one until asked for. */
function usePanel() {
  const wide = use(WideContext)
  const [docked, setDocked] = useState(() => stored<boolean>(PANEL) ?? true)
  const [drawn, setDrawn] = useState(false)

  const togglePanel = () => {
    if (!wide) return setDrawn(!drawn)
    store(PANEL, !docked)
    setDocked(!docked)
  }
  return { panel: wide ? docked : drawn, togglePanel }
}

function EmptySheet() {
  useEffect(() => {
    document.title = 'Balcão'
  }, [])
  return (
    <main className="sheet is-empty">
      <ConnectionBanner />
      <Quiet title={<Trans>Balcão aberto</Trans>} ringing>
        <Trans>Escolha um atendimento ao lado. O ponto vermelho mostra quem espera por uma resposta.</Trans>
      </Quiet>
    </main>
  )
}

function useKeys(bindings: Record<string, () => void>): void {
  useEffect(() => {
    const bound = Object.entries(bindings).map(([combination, run]) => [
      combination,
      (event: KeyboardEvent) => {
        event.preventDefault()
        run()
      },
    ])
    // They are chords with Alt, so they hold while one writes, too.
    return tinykeys(window, Object.fromEntries(bound), { ignore: (event) => event.isComposing })
  })
}
