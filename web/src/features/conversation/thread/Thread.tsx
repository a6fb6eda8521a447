/** The thread: rests on its last message, and reads further back as one scrolls up. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../../lib/contract'
import { wordsFor } from '../../../lib/problem'
import { Failed } from '../../../ui/EmptyState'
import { ThreadBones } from '../../../ui/Skeleton'
import { useOutbox, useWritten } from '../outbox/useOutbox'
import { Bubble } from './Bubble'
import { stillOnTheWay } from './pendingMessages'
import { useReadTo } from './requests/useMarkRead'
import { useMessages } from './requests/useMessages'
import { type Row, rowsOf } from './rows'

interface ThreadProps {
  conversationId: string
  contactName: string
  myName: string
  /** The last message that one had read when one came; null for none. */
  readUntil: string | null
}

/** Pixels: nearer than this, one reads along. */
const NEAR_END = 80
const NONE: readonly Message[] = []

export function Thread({ conversationId, contactName, myName, readUntil }: ThreadProps) {
  const { thread, older, readOlder, olderFailed } = useMessages(conversationId)
  const items = thread.data?.items ?? NONE
  const firstNew = useFirstNew(items, readUntil)
  const rows = useRows(conversationId, items, myName, firstNew)

  if (thread.isPending) return <ThreadBones />
  if (!thread.data) {
    return (
      <Failed
        title={<Trans>Não deu para abrir esta conversa</Trans>}
        problem={thread.error}
        again={() => void thread.refetch()}
      >
        <Trans>As outras conversas continuam funcionando, e seu rascunho está guardado.</Trans>
      </Failed>
    )
  }
  return (
    <>
      {olderFailed !== null && (
        <p className="fact older" role="alert">
          <Trans>As mensagens anteriores não vieram: {wordsFor(olderFailed)}.</Trans>
          <button type="button" className="again" onClick={() => void readOlder()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      <Rows
        conversationId={conversationId}
        rows={rows}
        contactName={contactName}
        hasOlder={older !== null}
        readOlder={readOlder}
      />
    </>
  )
}

/** The messages, and below them what is still on its way; what has arrived leaves the outbox. */
function useRows(
  conversationId: string,
  items: readonly Message[],
  myName: string,
  firstNew: string | null,
): Row[] {
  const outbox = useOutbox()
  const written = useWritten()
  const mine = useMemo(
    () => written.filter((one) => one.conversationId === conversationId),
    [written, conversationId],
  )
  useEffect(() => {
    const shown = new Set(items.map((message) => message.id))
    for (const one of mine) if (one.messageId && shown.has(one.messageId)) outbox.drop(one.key)
  }, [items, mine, outbox])
  return useMemo(
    () => rowsOf(items, stillOnTheWay(mine, items), myName, firstNew),
    [items, mine, myName, firstNew],
  )
}

/** The first message that one had not read when one came; it stays while one is here. */
function useFirstNew(items: readonly Message[], readUntil: string | null): string | null {
  const [cameWith] = useState(readUntil)
  return useMemo(() => {
    const read = cameWith ? items.findIndex((message) => message.id === cameWith) : -1
    if (read < 0) return null
    return items.slice(read + 1).find((message) => message.direction !== 'out')?.id ?? null
  }, [items, cameWith])
}

interface RowsProps {
  conversationId: string
  rows: Row[]
  contactName: string
  hasOlder: boolean
  readOlder: () => Promise<void>
}

function Rows({ conversationId, rows, contactName, hasOlder, readOlder }: RowsProps) {
  const { t } = useLingui()
  const box = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 72,
    getItemKey: useCallback((at: number) => (rows[at] as Row).key, [rows]),
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 16,
  })
  useLayoutEffect(() => {
    virtual.scrollToEnd()
  }, [virtual])

  // A banner or a growing field takes room from below: who reads along goes on reading along.
  const readsAlong = useRef(true)
  useLayoutEffect(() => {
    if (!box.current) return
    const observer = new ResizeObserver(() => readsAlong.current && virtual.scrollToEnd())
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [virtual])
  const scrolled = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) => {
    readsAlong.current = scrollHeight - scrollTop - clientHeight < NEAR_END
    setAtEnd(readsAlong.current)
  }

  const lastIn = rows.findLast((row) => !row.outgoing)?.message.id ?? null
  useReadTo(conversationId, atEnd ? lastIn : null)

  const shown = virtual.getVirtualItems()
  const first = shown[0]?.index ?? 0
  useEffect(() => {
    if (hasOlder && first < 8) void readOlder()
  }, [first, hasOlder, readOlder])

  // One's own words are always shown, wherever one was reading.
  const last = rows.at(-1)
  const lastWritten = last?.outgoing?.key
  useEffect(() => {
    if (lastWritten) virtual.scrollToEnd()
  }, [lastWritten, virtual])

  const byId = useMemo(() => new Map(rows.map((row, at) => [row.message.id, at])), [rows])
  const showQuoted = (id: string) => {
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
        ref={box}
        role="log"
        aria-label={t`Conversa com ${contactName}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => scrolled(event.currentTarget)}
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
                  quoted={quotedBy(row.message)}
                  showQuoted={showQuoted}
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
