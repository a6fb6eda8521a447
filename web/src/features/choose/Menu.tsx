/** The left menu: which tickets, and who I am. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ChevronsUpDown, Inbox, LogOut, Moon, Smartphone, Sun, SunMoon } from 'lucide-react'
import type { Me, View } from '../../lib/contract'
import { type Theme, useTheme } from '../../lib/theme'
import { type Action, ActionMenu } from '../../ui/ActionMenu'
import { BrandMark } from '../../ui/Brand'
import { Face } from '../../ui/Face'
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

const roles: Record<Me['role'], MessageDescriptor> = {
  agent: msg`Analista`,
  supervisor: msg`Supervisão`,
  admin: msg`Administração`,
}

const themes = { system: SunMoon, light: Sun, dark: Moon } as const

function MeMenu({ me, leave, togglePhone }: Pick<MenuProps, 'me' | 'leave' | 'togglePhone'>) {
  const { t, i18n } = useLingui()
  const [theme, setTheme] = useTheme()
  const themeWords: Record<Theme, string> = {
    system: t`Aparência do sistema`,
    light: t`Aparência clara`,
    dark: t`Aparência escura`,
  }
  const actions: Action[] = (Object.keys(themes) as Theme[])
    .filter((one) => one !== theme)
    .map((one) => {
      const Icon = themes[one]
      return {
        id: one,
        label: themeWords[one],
        icon: <Icon className="i" aria-hidden="true" />,
        run: () => setTheme(one),
      }
    })
  if (togglePhone) {
    actions.push({
      id: 'phone',
      label: t`Telefone do cliente`,
      icon: <Smartphone className="i" aria-hidden="true" />,
      run: togglePhone,
    })
  }
  actions.push({ id: 'leave', label: t`Sair`, icon: <LogOut className="i" aria-hidden="true" />, run: leave })

  return (
    <ActionMenu
      label={t`Minha conta: ${me.name}`}
      className="me"
      placement="top start"
      actions={actions}
      trigger={
        <>
          <Face name={me.name} />
          <span className="me-words">
            <b>{me.name}</b>
            <span className="hint">{i18n._(roles[me.role])}</span>
          </span>
          <ChevronsUpDown className="i i-md" aria-hidden="true" />
        </>
      }
    />
  )
}
