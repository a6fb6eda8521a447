/** The main menu: views, other pages, account. */

import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Inbox, type LucideIcon } from 'lucide-react'
import type { Counts, Me, View } from '../../lib/contract'
import { BrandMark } from '../../ui/Brand'
import { AccountMenu } from './AccountMenu'
import { useCounts } from './requests/useCounts'
import { views } from './views'

/** A page other than the workspace. */
export interface PageLink {
  name: string
  /** Where there is little room. */
  shortName?: string
  Icon: LucideIcon
  link: { to: string; params?: Record<string, string> }
  current: boolean
  /** What waits there. */
  count?: number
}

interface MainMenuProps {
  me: Me
  /** Null where no list of tickets is shown. */
  view: View | null
  otherPages: readonly PageLink[]
  viewLink: (view: View) => { to: string; params: Record<string, string> }
  /** Nobody changes the password of a demonstration, which is known to all. */
  onChangePassword: (() => void) | undefined
  onLogOut: () => void
  /** Shows or hides the customer's phone; only a demonstration has one. */
  onTogglePhone: (() => void) | undefined
}

/** The server counts up to a bound: `99+` says that there are a hundred at least. */
const countText = ({ count, more }: Counts['queue']): string =>
  more ? `${formatNumber(count - 1)}+` : formatNumber(count)

const formatNumber = (n: number): string => n.toLocaleString('pt-BR')

function MenuName({ name, shortName }: { name: string; shortName: string }) {
  return (
    <>
      <span className="menu-name">{name}</span>
      <span className="menu-short" aria-hidden="true">
        {shortName}
      </span>
    </>
  )
}

export function MainMenu({
  me,
  view,
  otherPages,
  viewLink,
  onChangePassword,
  onLogOut,
  onTogglePhone,
}: MainMenuProps) {
  const { t, i18n } = useLingui()
  const counts = useCounts()
  return (
    <nav className="menu" aria-label={t`Principal`}>
      <div className="brand">
        <BrandMark />
        <span>Balcão</span>
      </div>
      <Link
        {...viewLink('mine')}
        className="menu-item is-home"
        aria-current={view ? 'page' : undefined}
        aria-label={t`Espaço de trabalho`}
      >
        <Inbox className="i" aria-hidden="true" />
        <MenuName name={t`Espaço de trabalho`} shortName={t`Espaço`} />
      </Link>
      <ul className="menu-sub">
        {views.map(({ view: one, name, Icon }) => (
          <li key={one}>
            <Link {...viewLink(one)} aria-current={one === view ? 'true' : undefined} title={i18n._(name)}>
              <Icon className="i" aria-hidden="true" />
              <span>{i18n._(name)}</span>
              {counts && one !== 'closed' && one !== 'all' && counts[one].count > 0 && (
                <span className="count" aria-hidden="true">
                  {countText(counts[one])}
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      {otherPages.map(({ name, shortName = name, Icon, link, current, count = 0 }) => (
        <Link
          {...link}
          key={link.to}
          className="menu-item"
          aria-current={current ? 'page' : undefined}
          title={name}
          aria-label={count > 0 ? t`${name}: ${count} para aprovar` : name}
        >
          <Icon className="i" aria-hidden="true" />
          <MenuName {...{ name, shortName }} />
          {count > 0 && (
            <span className="count" aria-hidden="true">
              {formatNumber(count)}
            </span>
          )}
        </Link>
      ))}
      <div className="menu-gap" />
      <AccountMenu
        me={me}
        onChangePassword={onChangePassword}
        onLogOut={onLogOut}
        onTogglePhone={onTogglePhone}
      />
    </nav>
  )
}
