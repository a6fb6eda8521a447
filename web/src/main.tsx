/** Starts the web application. */

import { msg } from '@lingui/core/macro'
import { I18nProvider as Words } from '@lingui/react'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'
import { Toaster } from 'sonner'
import { client } from './api/client.gen'
import { paths } from './app/paths'
import { createAppRouter } from './app/router'
import { i18n } from './lib/i18n'
import { createQueryClient } from './lib/queryClient'
import { watchClock } from './lib/serverClock'
import { nameAgent, watchSession } from './lib/session'
import { applyTheme } from './lib/theme'
import './styles/index.css'

client.setConfig({ baseUrl: '' })
applyTheme()

watchClock()
const cache = createQueryClient()
const router = createAppRouter(cache)
nameAgent()
watchSession(
  () => {
    const { pathname, href } = router.state.location
    if (pathname === paths.login) return
    cache.clear()
    void router.navigate({ to: paths.login, search: { depois: href } })
  },
  () => location.assign(paths.home),
)

const container = document.getElementById('app')
if (!container) throw new Error('the page has no place for the app')

createRoot(container).render(
  <StrictMode>
    <Words i18n={i18n}>
      <I18nProvider locale="pt-BR">
        <QueryClientProvider client={cache}>
          <RouterProvider router={router} />
          <Toaster
            position="top-center"
            offset={{ top: 84 }}
            containerAriaLabel={i18n._(msg`Avisos`)}
            toastOptions={{ className: 'toast', closeButtonAriaLabel: i18n._(msg`Fechar`) }}
          />
        </QueryClientProvider>
      </I18nProvider>
    </Words>
  </StrictMode>,
)
