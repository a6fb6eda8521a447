/** Opens the workspace. */

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
import { makeRouter } from './app/router'
import { i18n } from './lib/i18n'
import { makeCache } from './lib/queryClient'
import { showTheme } from './lib/theme'
import './styles/index.css'

client.setConfig({ baseUrl: '' })
showTheme()

const cache = makeCache(() => {
  const { pathname, href } = router.state.location
  if (pathname === paths.enter) return
  cache.clear()
  void router.navigate({ to: paths.enter, search: { depois: href } })
})
const router = makeRouter(cache)

const place = document.getElementById('app')
if (!place) throw new Error('the page has no place for the app')

createRoot(place).render(
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
