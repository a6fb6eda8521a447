/** The desk: menu, rail and sheet, joined over one live connection. */

import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { tinykeys } from 'tinykeys'
import { Menu } from '../features/choose/Menu'
import { Rail } from '../features/choose/Rail'
import { orderIn, useOrder } from '../features/choose/requests'
import { TopBar } from '../features/choose/TopBar'
import { useChoice } from '../features/choose/useChoice'
import { OutboxContext, TicketSheet, useOwnOutbox } from '../features/converse'
import { closeSession } from '../features/enter/requests'
import type { Ticket, View } from '../lib/contract'
import { keys } from '../lib/keys'
import { LiveContext, useLive } from '../lib/live/useLive'
import type { TicketList } from '../lib/merge'
import { NEWEST } from '../lib/order'
import { store, stored } from '../lib/stored'
import { useMe } from '../lib/useMe'
import { Quiet } from '../ui/Quiet'
import { ConnectionBanner } from './ConnectionBanner'
import { paths, slugOf, viewOf } from './paths'

const BulkBar = lazy(() => import('../features/converse/BulkBar'))

const PANEL = 'balcao.panel'
/** From here on the panel has room beside the thread; the same number stands in narrow.css. */
const WIDE = 1024

export function DeskPage() {
  const me = useMe()
  const live = useLive(me.id)
  const outbox = useOwnOutbox(me.id)
  const params = useParams({ strict: false })
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const cache = useQueryClient()
  const order = useOrder() ?? NEWEST
  const view = viewOf(params.view ?? '')
  const { conversationId } = params
  const choice = useChoice(view)
  const { desk, panel, togglePanel } = usePanel()

  const toView = useMemo(() => (one: View) => ({ to: paths.view, params: { view: slugOf(one) } }), [])
  const toTicket = (id: string) => ({ to: paths.ticket, params: { view: slugOf(view), conversationId: id } })
  /** A ticket that became mine has left the queue: the desk goes with it to the list where it stands now. */
  const follow = (ticket: Ticket) => {
    if (ticket.owner?.id !== me.id || (view !== 'queue' && view !== 'bot')) return
    const params = { view: slugOf('mine'), conversationId: ticket.conversation_id }
    void navigate({ to: paths.ticket, params, replace: true })
  }
  const leave = async () => {
    await closeSession().catch(() => {})
    cache.clear()
    await navigate({ to: paths.enter })
  }
  const togglePhone = () =>
    void navigate({ to: '.', search: (now) => ({ ...now, telefone: search.telefone ? undefined : 'sim' }) })
  const step = (by: 1 | -1) => {
    const items = cache.getQueryData<TicketList>(keys.tickets(view, orderIn(view, order)))?.items ?? []
    const at = items.findIndex((ticket) => ticket.conversation_id === conversationId)
    const next = items[at < 0 ? 0 : at + by]
    if (next) void navigate(toTicket(next.conversation_id))
  }
  useKeys({ 'Alt+ArrowDown': () => step(1), 'Alt+ArrowUp': () => step(-1), 'Alt+i': togglePanel })

  return (
    <LiveContext value={live}>
      <OutboxContext value={outbox}>
        <div className="desk" ref={desk} data-pane={conversationId ? 'talk' : 'list'}>
          <div className="desk-grid">
            <Menu
              me={me}
              view={view}
              linkTo={toView}
              leave={() => void leave()}
              togglePhone={me.demo ? togglePhone : undefined}
            />
            <TopBar
              view={view}
              linkTo={toView}
              leave={() => void leave()}
              begin={view === 'closed' ? undefined : choice.begin}
            />
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
                panel={panel}
                togglePanel={togglePanel}
                owned={follow}
                banner={<ConnectionBanner />}
              />
            ) : (
              <EmptySheet />
            )}
          </div>
        </div>
      </OutboxContext>
    </LiveContext>
  )
}

/** The contact panel: part of a wide desk until put away, a drawer over a narrow one until asked for. */
function usePanel() {
  const desk = useRef<HTMLDivElement>(null)
  const [wide, setWide] = useState(true)
  const [docked, setDocked] = useState(() => stored<boolean>(PANEL) ?? true)
  const [drawn, setDrawn] = useState(false)

  useLayoutEffect(() => {
    if (!desk.current) return
    const observer = new ResizeObserver(([entry]) => setWide((entry?.contentRect.width ?? 0) >= WIDE))
    observer.observe(desk.current)
    return () => observer.disconnect()
  }, [])

  const togglePanel = () => {
    if (!wide) return setDrawn(!drawn)
    store(PANEL, !docked)
    setDocked(!docked)
  }
  return { desk, panel: wide ? docked : drawn, togglePanel }
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
