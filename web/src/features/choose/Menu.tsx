/** The left menu: which tickets, and who I am. */

import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import type { Me, View } from '../../lib/contract'
import { BrandMark } from '../../ui/Brand'
import { MeMenu } from './MeMenu'
import { useCounts } from './requests'
import { views } from './views'

interface MenuProps {
  me: Me
  view: View
  linkTo: (view: View) => { to: string; params: Record<string, string> }
  leave: () => void
  /** Shows or hides the customer's phone; only a demonstration has one. */
  togglePhone: (() => void) | undefined
}

export function Menu({ me, view, linkTo, leave, togglePhone }: MenuProps) {
  const { t, i18n } = useLingui()
  const counts = useCounts()
  return (
    <nav className="menu" aria-label={t`Principal`}>
      <div className="brand">
        <BrandMark />
        <span>Balcão</span>
      </div>
      <p className="menu-item" aria-current="page">
        <Inbox className="i" aria-hidden="true" />
        <span>{t`Espaço de trabalho`}</span>
      </p>
      <ul className="menu-sub">
        {views.map(({ view: one, name, Icon }) => (
          <li key={one}>
            <Link {...linkTo(one)} aria-current={one === view ? 'true' : undefined} title={i18n._(name)}>
              <Icon className="i" aria-hidden="true" />
              <span>{i18n._(name)}</span>
              {counts && one !== 'closed' && one !== 'all' && counts[one].count > 0 && (
                <span className="count" aria-hidden="true">
                  {counts[one].more ? '99+' : counts[one].count}
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      <div className="menu-gap" />
      <MeMenu me={me} leave={leave} togglePhone={togglePhone} />
    </nav>
  )
}
