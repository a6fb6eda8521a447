/** The menu that sorts the rail and starts a selection. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { Check, Ellipsis, ListChecks } from 'lucide-react'
import {
  Button,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'
import { DEFAULT_ORDER, type Sort } from '../../lib/order'
import { useOrder } from './requests/useOrder'
import { useSetOrder } from './requests/useSetOrder'

interface SortOption {
  sort: Sort
  name: MessageDescriptor
  /** Shown below the button, where two words fit. */
  short: MessageDescriptor
}

const sortOptions: readonly SortOption[] = [
  { sort: 'newest', name: msg`Última mensagem`, short: msg`Recentes` },
  { sort: 'waiting', name: msg`Mais tempo esperando`, short: msg`Por espera` },
  { sort: 'window', name: msg`Janela que fecha antes`, short: msg`Por janela` },
  { sort: 'queued', name: msg`Chegada na fila`, short: msg`Por chegada` },
  { sort: 'name', name: msg`Nome`, short: msg`Por nome` },
]

interface SortMenuProps {
  /** Starts selecting tickets; undefined where there are none to select. */
  onStartSelection?: (() => void) | undefined
}

export function SortMenu({ onStartSelection }: SortMenuProps) {
  const { t, i18n } = useLingui()
  const order = useOrder() ?? DEFAULT_ORDER
  const setOrder = useSetOrder()
  const current = sortOptions.find(({ sort }) => sort === order.sort) ?? sortOptions[0]
  return (
    <div className="rail-sort">
      <MenuTrigger>
        <Button className="icon-btn" aria-label={t`Ordenar atendimentos`}>
          <Ellipsis className="i" aria-hidden="true" />
        </Button>
        <Popover className="pop" placement="right top" offset={6}>
          <Menu className="pop-menu" aria-label={t`Ordenar atendimentos`}>
            <MenuSection
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[order.sort]}
              onSelectionChange={(keys) => {
                const [sort] = keys as Set<Sort>
                if (sort && sort !== order.sort) setOrder.mutate({ ...order, sort })
              }}
            >
              <Header className="pop-title">{t`Ordenar por`}</Header>
              {sortOptions.map(({ sort, name }) => (
                <MenuItem key={sort} id={sort} className="pop-item" textValue={i18n._(name)}>
                  <i className="radio" />
                  <span>{i18n._(name)}</span>
                </MenuItem>
              ))}
            </MenuSection>
            <Separator elementType="hr" />
            <MenuSection
              aria-label={t`Antes da ordem`}
              selectionMode="multiple"
              selectedKeys={order.unanswered_first ? ['unanswered'] : []}
              onSelectionChange={(keys) =>
                setOrder.mutate({ ...order, unanswered_first: (keys as Set<string>).has('unanswered') })
              }
            >
              <MenuItem id="unanswered" className="pop-item" textValue={t`Não respondidas primeiro`}>
                <i className="check">
                  <Check className="i" aria-hidden="true" />
                </i>
                <span>{t`Não respondidas primeiro`}</span>
              </MenuItem>
            </MenuSection>
            {onStartSelection && <Separator elementType="hr" />}
            {onStartSelection && (
              <MenuItem
                id="several"
                className="pop-item"
                textValue={t`Selecionar vários`}
                onAction={onStartSelection}
              >
                <ListChecks className="i" aria-hidden="true" />
                <span>{t`Selecionar vários`}</span>
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      <span aria-hidden="true">{current && i18n._(current.short)}</span>
    </div>
  )
}
