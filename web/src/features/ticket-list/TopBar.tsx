/** The head of the list where there is one pane: title, views, who I am. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { View } from '../../lib/contract'
import { SortMenu } from './SortMenu'
import { views } from './views'

interface TopBarProps {
  view: View
  linkTo: (view: View) => { to: string; params: Record<string, string> }
  /** Begins to choose several. */
  begin: (() => void) | undefined
}

export function TopBar({ view, linkTo, begin }: TopBarProps) {
  const { t, i18n } = useLingui()
  return (
    <header className="top-bar">
      <div className="m-top">
        <h1>
          <Trans>Atendimentos</Trans>
        </h1>
        <SortMenu begin={begin} />
      </div>
      <nav className="m-tabs" aria-label={t`Listas`}>
        {views.map(({ view: one, name }) => (
          <Link {...linkTo(one)} key={one} aria-current={one === view ? 'true' : undefined}>
            {i18n._(name)}
          </Link>
        ))}
      </nav>
    </header>
  )
}
