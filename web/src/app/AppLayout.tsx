/** The layout of all pages that need a session: the main menu beside the page, one live connection and its banner. */

import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { MessageSquareText, SlidersHorizontal, UsersRound } from 'lucide-react'
import { createContext, lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import {
  countUnsent,
  OutboxContext,
  removeTexts,
  saveDrafts,
  UnsentDialog,
  type UnsentTexts,
  useRunningOutbox,
} from '../features/conversation'
import { closeSession } from '../features/login/requests/closeSession'
import { MainMenu, type PageLink } from '../features/ticket-list/MainMenu'
import type { Me, View } from '../lib/contract'
import { LiveContext, useLive } from '../lib/live/useLive'
import { Problem, problemText } from '../lib/problem'
import { onSessionElsewhere, setOpenSession } from '../lib/session'
import { useMe } from '../lib/useMe'
import { useWaitingReplies } from '../lib/useWaitingReplies'
import { ConnectionBanner } from './ConnectionBanner'
import { paths, slugOf, viewOf } from './paths'
import { preloadParts } from './preload'
import { useQuickReplyNews } from './useQuickReplyNews'

const PasswordDialog = lazy(async () => ({
  default: (await import('../features/login/PasswordDialog')).PasswordDialog,
}))

/** From this width on the contact panel fits beside the thread; keep in step with narrow.css. */
const WIDE_PX = 1024
export const WideLayoutContext = createContext(true)

export const viewLink = (view: View) => ({ to: paths.view, params: { view: slugOf(view) } })

export function AppLayout() {
  const me = useMe()
  const live = useLive(me.id, useQuickReplyNews(me))
  const outbox = useRunningOutbox(me.id)
  const params = useParams({ strict: false })
  const search = useSearch({ strict: false })
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const { desk, wide } = useWideLayout()
  const waitingReplies = useWaitingReplies(me)
  const [isPasswordOpen, setPasswordOpen] = useState(false)

  useEffect(preloadParts, [])

  const [unsent, setUnsent] = useState<UnsentTexts | null>(null)

  const leave = () => {
    outbox.close()
    cache.clear()
    return navigate({ to: paths.login })
  }
  const logOut = async () => {
    try {
      await closeSession()
    } catch (problem) {
      // Whose session has ended by itself is out, too; of any other the cookie would stay valid.
      if (!(problem instanceof Problem && problem.status === 401)) {
        toast.error(t`Não deu para sair: ${problemText(problem)}.`)
        return
      }
    }
    removeTexts(me.id)
    setOpenSession(null)
    await leave()
  }
  const askToLogOut = async () => {
    await saveDrafts(me.id)
    const found = countUnsent(me.id, outbox.items())
    if (found.messages + found.notes + found.drafts > 0) setUnsent(found)
    else await logOut()
  }
  const leaveNow = useRef(leave)
  leaveNow.current = leave
  useEffect(
    () =>
      onSessionElsewhere(me.id, (isOpen) => {
        // The browser has one session: what is sent from here from now on would be the other person's.
        if (isOpen) outbox.close()
        if (isOpen) location.assign(paths.home)
        else void leaveNow.current()
      }),
    [me.id, outbox],
  )

  const togglePhone = () =>
    void navigate({ to: '.', search: (now) => ({ ...now, telefone: search.telefone ? undefined : 'sim' }) })
  const inDetail = params.conversationId ?? params.contactId ?? params.quickReplyId

  return (
    <LiveContext value={live}>
      <OutboxContext value={outbox}>
        <WideLayoutContext value={wide}>
          <div className="desk" ref={desk} data-pane={inDetail ? 'detail' : 'list'}>
            <ConnectionBanner />
            <div className="desk-grid">
              <MainMenu
                me={me}
                view={params.view ? viewOf(params.view) : null}
                otherPages={otherPages(me, pathname, waitingReplies)}
                viewLink={viewLink}
                onChangePassword={sharesPassword(me) ? undefined : () => setPasswordOpen(true)}
                onLogOut={() => void askToLogOut()}
                onTogglePhone={me.demo ? togglePhone : undefined}
              />
              <Outlet />
            </div>
          </div>
          {unsent && (
            <UnsentDialog unsent={unsent} onClose={() => setUnsent(null)} onSubmit={() => void logOut()} />
          )}
          <Suspense>
            {isPasswordOpen && (
              // The stream of the old session ends; a new one begins without a pause.
              <PasswordDialog
                email={me.email}
                onClose={() => setPasswordOpen(false)}
                onChanged={live.retry}
              />
            )}
          </Suspense>
        </WideLayoutContext>
      </OutboxContext>
    </LiveContext>
  )
}

/** The demo's own people: others know their passwords, too, so the server changes none. */
const sharesPassword = (me: Me): boolean => me.demo && me.email.endsWith('@demo.balcao')

function otherPages(me: Me, pathname: string, waitingReplies: number): PageLink[] {
  const contacts = {
    name: t`Contatos`,
    Icon: UsersRound,
    link: { to: paths.contacts },
    current: pathname.startsWith(paths.contacts),
  }
  const quickReplies = {
    name: t`Respostas prontas`,
    shortName: t`Respostas`,
    Icon: MessageSquareText,
    link: { to: paths.quickReplies, params: { section: me.role === 'admin' ? 'aprovar' : 'minhas' } },
    current: pathname.startsWith(paths.quickRepliesPrefix),
    count: waitingReplies,
  }
  const admin = {
    name: t`Administração`,
    Icon: SlidersHorizontal,
    link: { to: paths.admin, params: { section: 'equipes' } },
    current: pathname.startsWith(paths.adminPrefix),
  }
  return me.role === 'admin' ? [contacts, quickReplies, admin] : [contacts, quickReplies]
}

function useWideLayout() {
  const desk = useRef<HTMLDivElement>(null)
  const [wide, setWide] = useState(true)
  useLayoutEffect(() => {
    if (!desk.current) return
    const observer = new ResizeObserver(([entry]) => setWide((entry?.contentRect.width ?? 0) >= WIDE_PX))
    observer.observe(desk.current)
    return () => observer.disconnect()
  }, [])
  return { desk, wide }
}
