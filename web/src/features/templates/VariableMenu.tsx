/** Beside a field: puts the value of a variable into it. */

import { t } from '@lingui/core/macro'
import { DollarSign } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Offered } from './prefill'

interface VariableMenuProps {
  /** Of the field. */
  label: string
  variables: readonly Offered[]
  onPick: (value: string) => void
}

export function VariableMenu({ label, variables, onPick }: VariableMenuProps) {
  if (variables.length === 0) return null
  return (
    <MenuTrigger>
      <Button className="icon-btn" aria-label={t`Variável para ${label}`}>
        <DollarSign className="i i-md" aria-hidden="true" />
      </Button>
      <Popover className="pop" placement="bottom end" offset={6}>
        <Menu className="pop-menu" aria-label={t`Variáveis`}>
          {variables.map(({ name, value }) => (
            <MenuItem
              key={name}
              id={name}
              textValue={name}
              className="pop-item variable-item"
              onAction={() => onPick(value)}
            >
              <span className="var">${name}</span>
              <span dir="auto">{value}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
