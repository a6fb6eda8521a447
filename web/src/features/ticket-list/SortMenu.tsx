/** The three dots above the squares: in which order they stand. */

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
import { NEWEST, type Sort } from '../../lib/order'
import { useChooseOrder, useOrder } from './requests/useTickets'

interface SortWords {
  sort: Sort
  name: MessageDescriptor
  /** Under the dots there is room for two words. */
  short: MessageDescriptor
}

const sorts: readonly SortWords[] = [
  { sort: 'newest', name: msg`Última mensagem`, short: msg`Recentes` },
  { sort: 'waiting', name: msg`Mais tempo esperando`, short: msg`Por espera` },
  { sort: 'window', name: msg`Janela que fecha antes`, short: msg`Por janela` },
  { sort: 'queued', name: msg`Chegada na fila`, short: msg`Por chegada` },
  { sort: 'name', name: msg`Nome`, short: msg`Por nome` },
]

interface SortMenuProps {
  /** Begins to choose several; without it there is nothing to do with them. */
  begin?: (() => void) | undefined
}

export function SortMenu({ begin }: SortMenuProps) {
  const { t, i18n } = useLingui()
  const order = useOrder() ?? NEWEST
  const choose = useChooseOrder()
  const chosen = sorts.find(({ sort }) => sort === order.sort) ?? sorts[0]
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
                if (sort && sort !== order.sort) choose.mutate({ ...order, sort })
              }}
            >
              <Header className="pop-title">{t`Ordenar por`}</Header>
              {sorts.map(({ sort, name }) => (
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
                choose.mutate({ ...order, unanswered_first: (keys as Set<string>).has('unanswered') })
              }
            >
              <MenuItem id="unanswered" className="pop-item" textValue={t`Não respondidas primeiro`}>
                <i className="check">
                  <Check className="i" aria-hidden="true" />
                </i>
                <span>{t`Não respondidas primeiro`}</span>
              </MenuItem>
            </MenuSection>
            {begin && <Separator elementType="hr" />}
            {begin && (
              <MenuItem id="several" className="pop-item" textValue={t`Selecionar vários`} onAction={begin}>
                <ListChecks className="i" aria-hidden="true" />
                <span>{t`Selecionar vários`}</span>
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      <span aria-hidden="true">{chosen && i18n._(chosen.short)}</span>
    </div>
  )
}
