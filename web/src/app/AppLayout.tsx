/** Everything behind the door: the menu beside the page, over one live connection. */

import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { SlidersHorizontal, UsersRound } from 'lucide-react'
import { createContext, useLayoutEffect, useRef, useState } from 'react'
import { OutboxContext, useOwnOutbox } from '../features/conversation'
import { closeSession } from '../features/login/requests/useDemoAccounts'
import { type Elsewhere, Menu } from '../features/ticket-list/MainMenu'
import type { Me, View } from '../lib/contract'
import { LiveContext, useLive } from '../lib/live/useLive'
import { useMe } from '../lib/useMe'
import { paths, slugOf, viewOf } from './paths'

/** From here on the contact panel has room beside the thread; the same number stands in narrow.css. */
const WIDE = 1024
export const WideContext = createContext(true)

export const toView = (view: View) => ({ to: paths.view, params: { view: slugOf(view) } })

export function Inside() {
  const me = useMe()
  const live = useLive(me.id)
  const outbox = useOwnOutbox(me.id)
  const params = useParams({ strict: false })
  const search = useSearch({ strict: false })
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const { desk, wide } = useWidth()

  const leave = async () => {
    await closeSession().catch(() => {})
    cache.clear()
    await navigate({ to: paths.enter })
  }
  const togglePhone = () =>
    void navigate({ to: '.', search: (now) => ({ ...now, telefone: search.telefone ? undefined : 'sim' }) })
  const inDetail = params.conversationId ?? params.contactId

  return (
    <LiveContext value={live}>
      <OutboxContext value={outbox}>
        <WideContext value={wide}>
          <div className="desk" ref={desk} data-pane={inDetail ? 'talk' : 'list'}>
            <div className="desk-grid">
              <Menu
                me={me}
                view={params.view ? viewOf(params.view) : null}
                elsewhere={pagesFor(me, pathname)}
                linkTo={toView}
                leave={() => void leave()}
                togglePhone={me.demo ? togglePhone : undefined}
              />
              <Outlet />
            </div>
          </div>
        </WideContext>
      </OutboxContext>
    </LiveContext>
  )
}

function pagesFor(me: Me, pathname: string): Elsewhere[] {
  const contacts = {
    name: t`Contatos`,
    Icon: UsersRound,
    link: { to: paths.contacts },
    current: pathname.startsWith(paths.contacts),
  }
  const settings = {
    name: t`Administração`,
    Icon: SlidersHorizontal,
    link: { to: paths.settings, params: { section: 'equipes' } },
    current: pathname.startsWith('/administracao'),
  }
  return me.role === 'admin' ? [contacts, settings] : [contacts]
}

function useWidth() {
  const desk = useRef<HTMLDivElement>(null)
  const [wide, setWide] = useState(true)
  useLayoutEffect(() => {
    if (!desk.current) return
    const observer = new ResizeObserver(([entry]) => setWide((entry?.contentRect.width ?? 0) >= WIDE))
    observer.observe(desk.current)
    return () => observer.disconnect()
  }, [])
  return { desk, wide }
}
