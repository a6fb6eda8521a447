/** The routes. */

import { Trans } from '@lingui/react/macro'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
  useNavigate,
  useRouter,
  useSearch,
} from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { LoginPage } from '../features/login/LoginPage'
import type { Me } from '../lib/contract'
import { Problem } from '../lib/problem'
import { queryKeys } from '../lib/queryKeys'
import { hasOpenSession, setOpenSession } from '../lib/session'
import { meQuery } from '../lib/useMe'
import { EmptyState, ErrorState } from '../ui/EmptyState'
import { AppLayout } from './AppLayout'
import { DeskPage } from './DeskPage'
import { paths, slugOf } from './paths'

const PhonePage = lazy(() => import('../features/phone/PhonePage'))

interface Search {
  /** The `wa_id` of the phone shown beside the desk; `sim` for the first one. */
  telefone?: string | undefined
  /** Where to go after login. */
  depois?: string | undefined
}

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const root = createRootRouteWithContext<{ cache: QueryClient }>()({
  component: RootLayout,
  validateSearch: (search: Record<string, unknown>): Search => ({
    telefone: toText(search.telefone),
    depois: toText(search.depois),
  }),
  search: { middlewares: [retainSearchParams(['telefone'])] },
  notFoundComponent: NotFound,
})

function NotFound() {
  const back = (
    <Link className="btn btn-main" to={paths.home}>
      <Trans>Ir para os atendimentos</Trans>
    </Link>
  )
  return (
    <EmptyState title={<Trans>Página não encontrada</Trans>} actions={back}>
      <Trans>Este endereço não leva a lugar nenhum.</Trans>
    </EmptyState>
  )
}

/** The page, with the customer's phone beside it when one is open. */
function RootLayout() {
  const { telefone } = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  if (!telefone) return <Outlet />
  const setPhone = (waId: string | undefined) =>
    void navigate({ to: '.', search: (now) => ({ ...now, telefone: waId }) })
  return (
    <div className="side-by-side">
      <div className="side-main">
        <Outlet />
      </div>
      <Suspense>
        <PhonePage waId={telefone} onPick={setPhone} onClose={() => setPhone(undefined)} />
      </Suspense>
    </div>
  )
}

const home = createRoute({
  getParentRoute: () => root,
  path: paths.home,
  beforeLoad: () => {
    throw redirect({ to: paths.view, params: { view: slugOf('mine') } })
  },
})

const demo = createRoute({
  getParentRoute: () => root,
  path: paths.demo,
  beforeLoad: () => {
    throw redirect({ to: paths.view, params: { view: slugOf('queue') }, search: { telefone: 'sim' } })
  },
})

const login = createRoute({
  getParentRoute: () => root,
  path: paths.login,
  component: function Login() {
    const { depois } = useSearch({ from: '__root__' })
    const router = useRouter()
    const { cache } = login.useRouteContext()
    const onLogin = (me: Me) => {
      // At once, before the next page loads: other tabs may be of somebody else.
      setOpenSession(me.id)
      cache.removeQueries({ queryKey: queryKeys.me })
      // The phone beside the login may need the session, too.
      void cache.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' })
      // Only paths of this site: `//example.com` would lead to another.
      router.history.push(depois && /^\/(?![/\\])/.test(depois) ? depois : paths.home)
    }
    // Who comes here on their own, without having been sent away from a page, is told nothing.
    return <LoginPage sessionEnded={depois !== undefined && hasOpenSession()} onLogin={onLogin} />
  },
})

/** Routes that need a session. */
const authenticated = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    try {
      const { id } = await context.cache.ensureQueryData(meQuery)
      setOpenSession(id)
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem
      throw redirect({ to: paths.login, search: { depois: location.href } })
    }
  },
  errorComponent: NotOpened,
  component: AppLayout,
})

const REOPEN_MS = 5_000

/** Before the first page there is no stream that would tell when the server is back, so it is asked again and again. */
function NotOpened({ error }: { error: unknown }) {
  const router = useRouter()
  const isTransient = error instanceof Problem && error.isTransient
  useEffect(() => {
    if (!isTransient) return
    const timer = setInterval(() => void router.invalidate(), REOPEN_MS)
    return () => clearInterval(timer)
  }, [router, isTransient])
  return (
    <ErrorState
      title={<Trans>O balcão não abriu</Trans>}
      problem={error}
      onRetry={() => void router.invalidate()}
    >
      <Trans>Confira se o servidor está no ar.</Trans>
    </ErrorState>
  )
}

const desk = createRoute({ getParentRoute: () => authenticated, id: 'desk', component: DeskPage })
const view = createRoute({ getParentRoute: () => desk, path: paths.view })
const ticket = createRoute({ getParentRoute: () => desk, path: paths.ticket })

const contactsLayout = createRoute({
  getParentRoute: () => authenticated,
  id: 'people',
  validateSearch: (search: Record<string, unknown>): { busca?: string | undefined } => ({
    busca: toText(search.busca),
  }),
  component: lazyRouteComponent(() => import('./ContactsPage')),
})
const admin = createRoute({
  getParentRoute: () => authenticated,
  path: paths.admin,
  component: lazyRouteComponent(() => import('./AdminPage')),
})

const quickRepliesLayout = createRoute({
  getParentRoute: () => authenticated,
  id: 'replies',
  component: lazyRouteComponent(() => import('./QuickRepliesPage')),
})

const quickReplies = createRoute({ getParentRoute: () => quickRepliesLayout, path: paths.quickReplies })
const quickReply = createRoute({ getParentRoute: () => quickRepliesLayout, path: paths.quickReply })
const contacts = createRoute({ getParentRoute: () => contactsLayout, path: paths.contacts })
const contact = createRoute({ getParentRoute: () => contactsLayout, path: paths.contact })

const phone = createRoute({
  getParentRoute: () => root,
  path: paths.phone,
  validateSearch: (search: Record<string, unknown>): { cliente?: string | undefined } => ({
    cliente: toText(search.cliente),
  }),
  component: lazyRouteComponent(async () => ({ default: StandalonePhone })),
})

function StandalonePhone() {
  const { cliente } = phone.useSearch()
  const navigate = useNavigate()
  return (
    <main className="phone-alone">
      <Suspense>
        <PhonePage
          waId={cliente}
          onPick={(waId) => void navigate({ to: paths.phone, search: (now) => ({ ...now, cliente: waId }) })}
        />
      </Suspense>
    </main>
  )
}

const tree = root.addChildren([
  home,
  demo,
  login,
  authenticated.addChildren([
    desk.addChildren([view, ticket]),
    contactsLayout.addChildren([contacts, contact]),
    quickRepliesLayout.addChildren([quickReplies, quickReply]),
    admin,
  ]),
  phone,
])

export function createAppRouter(cache: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { cache },
    defaultPreload: false,
    scrollRestoration: false,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
