/** A button that opens a menu; react-aria brings roles, arrows, Escape and focus. */

import type { ReactNode } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'

export interface Action {
  id: string
  label: string
  icon: ReactNode
  danger?: boolean
  run: () => void
}

interface ActionMenuProps {
  label: string
  className: string
  trigger: ReactNode
  actions: readonly Action[]
  placement?: 'bottom end' | 'top start'
}

export function ActionMenu({
  label,
  className,
  trigger,
  actions,
  placement = 'bottom end',
}: ActionMenuProps) {
  return (
    <MenuTrigger>
      <Button className={className} aria-label={label}>
        {trigger}
      </Button>
      <Popover className="pop" placement={placement} offset={6}>
        <Menu className="pop-menu" aria-label={label}>
          {actions.map(({ id, label, icon, danger, run }) => (
            <MenuItem
              key={id}
              id={id}
              textValue={label}
              className={danger ? 'pop-item is-danger' : 'pop-item'}
              onAction={run}
            >
              {icon}
              <span>{label}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
