/** A button that opens a menu of actions. */

import type { ReactNode } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components'

export interface Action {
  id: string
  label: string
  icon: ReactNode
  /** Draws a line above this item. */
  separatorBefore?: boolean
  danger?: boolean
  onSelect: () => void
}

interface ActionMenuProps {
  label: string
  className: string
  trigger: ReactNode
  actions: readonly Action[]
  /** Shown above the actions. */
  title?: string
  placement?: 'bottom end' | 'top start'
}

export function ActionMenu({
  label,
  className,
  trigger,
  actions,
  title,
  placement = 'bottom end',
}: ActionMenuProps) {
  return (
    <MenuTrigger>
      <Button className={className} aria-label={label}>
        {trigger}
      </Button>
      <Popover className="pop" placement={placement} offset={6}>
        {title && <p className="pop-title">{title}</p>}
        <Menu className="pop-menu" aria-label={label}>
          {actions.flatMap(({ id, label, icon, separatorBefore, danger, onSelect }, at) => [
            ...(separatorBefore && at > 0 ? [<Separator key={`${id}-line`} elementType="hr" />] : []),
            <MenuItem
              key={id}
              id={id}
              textValue={label}
              className={danger ? 'pop-item is-danger' : 'pop-item'}
              onAction={onSelect}
            >
              {icon}
              <span>{label}</span>
            </MenuItem>,
          ])}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
