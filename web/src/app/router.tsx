/** Which screen stands at which path. */

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
import { lazy, Suspense } from 'react'
import { EnterPage } from '../features/login/LoginPage'
import { Problem } from '../lib/problem'
import { keys } from '../lib/queryKeys'
import { meQuery } from '../lib/useMe'
import { Failed, Quiet } from '../ui/EmptyState'
import { Inside } from './AppLayout'
import { DeskPage } from './DeskPage'
import { paths, slugOf } from './paths'

const PhonePage = lazy(() => import('../features/phone/PhonePage'))

interface Search {
  /** Whose phone lies beside the desk; `sim` for the first one. */
  telefone?: string | undefined
  /** Where to go after entering. */
  depois?: string | undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const root = createRootRouteWithContext<{ cache: QueryClient }>()({
  component: Frame,
  validateSearch: (search: Record<string, unknown>): Search => ({
    telefone: text(search.telefone),
    depois: text(search.depois),
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
    <Quiet title={<Trans>Página não encontrada</Trans>} actions={back}>
      <Trans>Este endereço não leva a lugar nenhum.</Trans>
    </Quiet>
  )
}

/** The page, and beside it the customer's phone when it is out. */
function Frame() {
  const { telefone } = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  if (!telefone) return <Outlet />
  const put = (waId: string | undefined) =>
    void navigate({ to: '.', search: (now) => ({ ...now, telefone: waId }) })
  return (
    <div className="side-by-side">
      <div className="side-main">
        <Outlet />
      </div>
      <Suspense>
        <PhonePage waId={telefone} pick={put} leave={() => put(undefined)} />
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

const enter = createRoute({
  getParentRoute: () => root,
  path: paths.enter,
  component: function Enter() {
    const { depois } = useSearch({ from: '__root__' })
    const router = useRouter()
    const { cache } = enter.useRouteContext()
    const entered = () => {
      cache.removeQueries({ queryKey: keys.me })
      // Only paths of our own: `//elsewhere` would be another site.
      router.history.push(depois && /^\/(?![/\\])/.test(depois) ? depois : paths.home)
    }
    return <EnterPage entered={entered} />
  },
})

/** Everything behind the door. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.cache.ensureQueryData(meQuery)
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem
      throw redirect({ to: paths.enter, search: { depois: location.href } })
    }
  },
  errorComponent: ({ error, reset }) => (
    <Failed title="O balcão não abriu" problem={error} again={reset}>
      Confira se o servidor está no ar.
    </Failed>
  ),
  component: Inside,
})

const desk = createRoute({ getParentRoute: () => inside, id: 'desk', component: DeskPage })
const view = createRoute({ getParentRoute: () => desk, path: paths.view })
const ticket = createRoute({ getParentRoute: () => desk, path: paths.ticket })

const people = createRoute({
  getParentRoute: () => inside,
  id: 'people',
  validateSearch: (search: Record<string, unknown>): { busca?: string | undefined } => ({
    busca: text(search.busca),
  }),
  component: lazyRouteComponent(() => import('./ContactsPage')),
})
const settings = createRoute({
  getParentRoute: () => inside,
  path: paths.settings,
  component: lazyRouteComponent(() => import('./AdminPage')),
})

const contacts = createRoute({ getParentRoute: () => people, path: paths.contacts })
const contact = createRoute({ getParentRoute: () => people, path: paths.contact })

const phone = createRoute({
  getParentRoute: () => root,
  path: paths.phone,
  validateSearch: (search: Record<string, unknown>): { cliente?: string | undefined } => ({
    cliente: text(search.cliente),
  }),
  component: lazyRouteComponent(async () => ({ default: PhoneAlone })),
})

function PhoneAlone() {
  const { cliente } = phone.useSearch()
  const navigate = useNavigate()
  return (
    <main className="phone-alone">
      <Suspense>
        <PhonePage
          waId={cliente}
          pick={(waId) => void navigate({ to: paths.phone, search: (now) => ({ ...now, cliente: waId }) })}
        />
      </Suspense>
    </main>
  )
}

const tree = root.addChildren([
  home,
  demo,
  enter,
  inside.addChildren([desk.addChildren([view, ticket]), people.addChildren([contacts, contact]), settings]),
  phone,
])

export function makeRouter(cache: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { cache },
    defaultPreload: false,
    scrollRestoration: false,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
