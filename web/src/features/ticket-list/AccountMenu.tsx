/** Who I am: whether I take tickets, how the page looks, and the way out. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import {
  ChevronsUpDown,
  CircleCheck,
  CircleMinus,
  LogOut,
  Moon,
  Smartphone,
  Sun,
  SunMoon,
} from 'lucide-react'
import type { Me } from '../../lib/contract'
import { type Theme, useTheme } from '../../lib/theme'
import { type Action, ActionMenu } from '../../ui/ActionMenu'
import { Face } from '../../ui/AgentAvatar'
import { useAvailable, useSwitchAvailable } from './requests/useTickets'

interface MeMenuProps {
  me: Me
  leave: () => void
  /** Shows or hides the customer's phone; only a demonstration has one. */
  togglePhone: (() => void) | undefined
}

const roles: Record<Me['role'], MessageDescriptor> = {
  agent: msg`Analista`,
  supervisor: msg`Supervisão`,
  admin: msg`Administração`,
}

const themes = { system: SunMoon, light: Sun, dark: Moon } as const

export function MeMenu({ me, leave, togglePhone }: MeMenuProps) {
  const { t, i18n } = useLingui()
  const [theme, setTheme] = useTheme()
  const themeWords: Record<Theme, string> = {
    system: t`Aparência do sistema`,
    light: t`Aparência clara`,
    dark: t`Aparência escura`,
  }
  const available = useAvailable()
  const change = useSwitchAvailable()
  const role = i18n._(roles[me.role])
  const present = available ? t`Disponível` : t`Ausente`
  const standing = available === undefined ? role : present
  const here: Action = available
    ? {
        id: 'away',
        label: t`Ficar ausente`,
        icon: <CircleMinus className="i" aria-hidden="true" />,
        run: () => change.mutate(false),
      }
    : {
        id: 'here',
        label: t`Ficar disponível`,
        icon: <CircleCheck className="i" aria-hidden="true" />,
        run: () => change.mutate(true),
      }
  const appearances: Action[] = (Object.keys(themes) as Theme[])
    .filter((one) => one !== theme)
    .map((one, at) => {
      const Icon = themes[one]
      return {
        id: one,
        label: themeWords[one],
        icon: <Icon className="i" aria-hidden="true" />,
        apart: at === 0,
        run: () => setTheme(one),
      }
    })
  const actions = available === undefined ? appearances : [here, ...appearances]
  if (togglePhone) {
    actions.push({
      id: 'phone',
      label: t`Telefone do cliente`,
      icon: <Smartphone className="i" aria-hidden="true" />,
      run: togglePhone,
    })
  }
  actions.push({
    id: 'leave',
    label: t`Sair`,
    icon: <LogOut className="i" aria-hidden="true" />,
    apart: true,
    run: leave,
  })

  return (
    <ActionMenu
      label={t`Minha conta: ${me.name}`}
      className="me"
      placement="top start"
      actions={actions}
      title={me.teams.length > 0 ? me.teams.map((team) => team.name).join(', ') : role}
      trigger={
        <>
          <span className="me-face" data-here={available}>
            <Face name={me.name} />
          </span>
          <span className="me-words">
            <b>{me.name}</b>
            <span className="hint">{standing}</span>
          </span>
          <ChevronsUpDown className="i i-md" aria-hidden="true" />
        </>
      }
    />
  )
}
