/** The scrolling list of the rail. */

import { useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef } from 'react'
import { contactName } from '../../lib/contactName'
import type { Ticket } from '../../lib/contract'
import { ticketKey } from '../../lib/ticketKey'
import { useNow } from '../../lib/time'
import { RailItem } from './RailItem'
import type { Selection } from './useSelection'

interface RailListProps {
  items: readonly Ticket[]
  loadMore: () => Promise<void>
  selected: string | undefined
  ticketLink: (conversationId: string) => { to: string; params: Record<string, string> }
  /** Undefined where tickets cannot be selected. */
  selection: Selection | undefined
}

export function RailList({ items, loadMore, selected, ticketLink, selection }: RailListProps) {
  const { t } = useLingui()
  const box = useRef<HTMLDivElement>(null)
  const now = useNow()
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => 76,
    overscan: 12,
    paddingStart: 4,
    paddingEnd: 28,
    getItemKey: useCallback((at: number) => ticketKey(items[at] as Ticket), [items]),
  })
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0

  useEffect(() => {
    if (last >= items.length - 20) void loadMore()
  }, [last, items.length, loadMore])

  const current = items.findIndex((ticket) => ticket.conversation_id === selected)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newly opened ticket is scrolled into view; one that moves is not followed
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current)
  }, [selected, virtual])

  return (
    <div className="rail-list" ref={box}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const ticket = items[index] as Ticket
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              data-current={index === current || undefined}
              style={{ transform: `translateY(${start}px)` }}
            >
              <RailItem
                ticket={ticket}
                now={now}
                current={index === current}
                link={ticketLink(ticket.conversation_id)}
                allTickets={items}
                selection={selection}
              />
              {selection && (
                <input
                  type="checkbox"
                  className="rail-check"
                  aria-label={t`Selecionar ${contactName(ticket.contact)}`}
                  checked={selection.isSelected(ticket)}
                  onChange={({ nativeEvent }) =>
                    selection.toggle(ticket, (nativeEvent as globalThis.MouseEvent).shiftKey ? items : null)
                  }
                />
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
