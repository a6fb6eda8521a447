/** The header of the list where there is one pane: title, sort menu, views. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { View } from '../../lib/contract'
import { SortMenu } from './SortMenu'
import { views } from './views'

interface TopBarProps {
  view: View
  viewLink: (view: View) => { to: string; params: Record<string, string> }
  /** Starts selecting tickets. */
  onStartSelection: (() => void) | undefined
}

export function TopBar({ view, viewLink, onStartSelection }: TopBarProps) {
  const { t, i18n } = useLingui()
  return (
    <header className="top-bar">
      <div className="top-bar-title">
        <h1>
          <Trans>Atendimentos</Trans>
        </h1>
        <SortMenu onStartSelection={onStartSelection} />
      </div>
      <nav className="top-bar-views" aria-label={t`Listas`}>
        {views.map(({ view: one, name }) => (
          <Link {...viewLink(one)} key={one} aria-current={one === view ? 'true' : undefined}>
            {i18n._(name)}
          </Link>
        ))}
      </nav>
    </header>
  )
}
