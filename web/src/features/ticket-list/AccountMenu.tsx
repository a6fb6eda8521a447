/** The account menu: availability, theme, password, log out. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import {
  ChevronsUpDown,
  CircleCheck,
  CircleMinus,
  KeyRound,
  LogOut,
  Moon,
  Smartphone,
  Sun,
  SunMoon,
} from 'lucide-react'
import type { Me } from '../../lib/contract'
import { type Theme, useTheme } from '../../lib/theme'
import { type Action, ActionMenu } from '../../ui/ActionMenu'
import { AgentAvatar } from '../../ui/AgentAvatar'
import { useAvailability } from './requests/useAvailability'
import { useSetAvailability } from './requests/useSetAvailability'

interface AccountMenuProps {
  me: Me
  /** Nobody changes the password of a demonstration, which is known to all. */
  onChangePassword: (() => void) | undefined
  onLogOut: () => void
  /** Shows or hides the customer's phone; only a demonstration has one. */
  onTogglePhone: (() => void) | undefined
}

const roles: Record<Me['role'], MessageDescriptor> = {
  agent: msg`Analista`,
  supervisor: msg`Supervisão`,
  admin: msg`Administração`,
}

const themeIcons = { system: SunMoon, light: Sun, dark: Moon } as const

export function AccountMenu({ me, onChangePassword, onLogOut, onTogglePhone }: AccountMenuProps) {
  const { t, i18n } = useLingui()
  const [theme, setTheme] = useTheme()
  const themeLabels: Record<Theme, string> = {
    system: t`Aparência do sistema`,
    light: t`Aparência clara`,
    dark: t`Aparência escura`,
  }
  const available = useAvailability()
  const setAvailability = useSetAvailability()
  const role = i18n._(roles[me.role])
  const availability = available ? t`Disponível` : t`Ausente`
  const statusText = available === undefined ? role : availability
  const availabilityAction: Action = available
    ? {
        id: 'away',
        label: t`Ficar ausente`,
        icon: <CircleMinus className="i" aria-hidden="true" />,
        onSelect: () => setAvailability.mutate(false),
      }
    : {
        id: 'here',
        label: t`Ficar disponível`,
        icon: <CircleCheck className="i" aria-hidden="true" />,
        onSelect: () => setAvailability.mutate(true),
      }
  const themeActions: Action[] = (Object.keys(themeIcons) as Theme[])
    .filter((one) => one !== theme)
    .map((one, at) => {
      const Icon = themeIcons[one]
      return {
        id: one,
        label: themeLabels[one],
        icon: <Icon className="i" aria-hidden="true" />,
        separatorBefore: at === 0,
        onSelect: () => setTheme(one),
      }
    })
  const actions = available === undefined ? themeActions : [availabilityAction, ...themeActions]
  if (onTogglePhone) {
    actions.push({
      id: 'phone',
      label: t`Telefone do cliente`,
      icon: <Smartphone className="i" aria-hidden="true" />,
      onSelect: onTogglePhone,
    })
  }
  if (onChangePassword) {
    actions.push({
      id: 'password',
      label: t`Trocar senha`,
      icon: <KeyRound className="i" aria-hidden="true" />,
      separatorBefore: true,
      onSelect: onChangePassword,
    })
  }
  actions.push({
    id: 'log-out',
    label: t`Sair`,
    icon: <LogOut className="i" aria-hidden="true" />,
    separatorBefore: !onChangePassword,
    onSelect: onLogOut,
  })

  return (
    <ActionMenu
      label={t`Minha conta: ${me.name}`}
      className="account"
      placement="top start"
      actions={actions}
      title={me.teams.length > 0 ? me.teams.map((team) => team.name).join(', ') : role}
      trigger={
        <>
          <span className="account-avatar" data-available={available}>
            <AgentAvatar name={me.name} />
          </span>
          <span className="account-text">
            <b>{me.name}</b>
            <span className="hint">{statusText}</span>
          </span>
          <ChevronsUpDown className="i i-md" aria-hidden="true" />
        </>
      }
    />
  )
}
