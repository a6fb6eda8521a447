/** The scrolling list of messages. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../../lib/contract'
import { Bubble } from './Bubble'
import { useMarkRead } from './requests/useMarkRead'
import type { Row } from './rows'

/** Closer than this to its end, the list follows new messages. */
const NEAR_END_PX = 80

interface MessageListProps {
  conversationId: string
  rows: Row[]
  contactName: string
  myName: string
  onSuggest: (message: Message) => void
  hasOlder: boolean
  loadOlder: () => Promise<void>
}

export function MessageList({
  conversationId,
  rows,
  contactName,
  myName,
  onSuggest,
  hasOlder,
  loadOlder,
}: MessageListProps) {
  const { t } = useLingui()
  const scroller = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 72,
    getItemKey: useCallback((at: number) => (rows[at] as Row).key, [rows]),
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END_PX,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 16,
  })
  useLayoutEffect(() => {
    virtual.scrollToEnd()
  }, [virtual])

  // A banner or a growing field makes the list shorter; it stays at its end if it was there.
  const sticksToEnd = useRef(true)
  useLayoutEffect(() => {
    if (!scroller.current) return
    const observer = new ResizeObserver(() => sticksToEnd.current && virtual.scrollToEnd())
    observer.observe(scroller.current)
    return () => observer.disconnect()
  }, [virtual])
  const onScroll = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) => {
    sticksToEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX
    setAtEnd(sticksToEnd.current)
  }

  const lastReceivedId = rows.findLast((row) => !row.outgoing)?.message.id ?? null
  useMarkRead(conversationId, atEnd ? lastReceivedId : null)

  const shown = virtual.getVirtualItems()
  const first = shown[0]?.index ?? 0
  useEffect(() => {
    if (hasOlder && first < 8) void loadOlder()
  }, [first, hasOlder, loadOlder])

  // The agent's own message is always scrolled into view.
  const last = rows.at(-1)
  const lastOutgoingKey = last?.outgoing?.key
  useEffect(() => {
    if (lastOutgoingKey) virtual.scrollToEnd()
  }, [lastOutgoingKey, virtual])

  const byId = useMemo(() => new Map(rows.map((row, at) => [row.message.id, at])), [rows])
  const scrollToQuoted = (id: string) => {
    const at = byId.get(id)
    if (at !== undefined) virtual.scrollToIndex(at, { align: 'center' })
  }
  const quotedBy = ({ quoted_id }: Message) => {
    const at = quoted_id ? byId.get(quoted_id) : undefined
    return at === undefined ? undefined : rows[at]?.message
  }

  return (
    <div className="thread-frame">
      <div
        className="thread"
        ref={scroller}
        role="log"
        aria-label={t`Conversa com ${contactName}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => onScroll(event.currentTarget)}
      >
        <div className="thread-in" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const row = rows[index] as Row
            return (
              <div
                key={key}
                className="row"
                ref={virtual.measureElement}
                data-index={index}
                style={{ transform: `translateY(${start}px)` }}
              >
                <Bubble
                  row={row}
                  contactName={contactName}
                  myName={myName}
                  onSuggest={onSuggest}
                  quoted={quotedBy(row.message)}
                  onShowQuoted={scrollToQuoted}
                />
              </div>
            )
          })}
        </div>
        {rows.length === 0 && (
          <p className="fact">
            <Trans>Ainda não há mensagens aqui</Trans>
          </p>
        )}
      </div>
      {!atEnd && rows.length > 0 && (
        <button
          type="button"
          className="to-end"
          onClick={() => virtual.scrollToEnd()}
          aria-label={t`Ir para o fim`}
        >
          <ChevronDown className="i" aria-hidden="true" />
        </button>
      )}
    </div>
  )
}
