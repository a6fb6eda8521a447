/** The rows of the thread: its messages, then the outgoing ones that it does not show yet. */

import { useEffect, useMemo, useState } from 'react'
import type { Message } from '../../../lib/contract'
import { useOutbox, useOutgoingMessages } from '../outbox/useOutbox'
import { pendingMessages } from './pendingMessages'
import { type Row, toRows } from './rows'

/** Also removes from the outbox what the thread shows. */
export function useThreadRows(
  conversationId: string,
  items: readonly Message[],
  myName: string,
  firstUnread: string | null,
): Row[] {
  const outbox = useOutbox()
  const outgoing = useOutgoingMessages()
  const mine = useMemo(
    () => outgoing.filter((one) => one.conversationId === conversationId),
    [outgoing, conversationId],
  )
  useEffect(() => {
    const shown = new Set(items.map((message) => message.id))
    for (const one of mine) if (one.messageId && shown.has(one.messageId)) outbox.remove(one.key)
  }, [items, mine, outbox])
  return useMemo(
    () => toRows(items, pendingMessages(mine, items), myName, firstUnread),
    [items, mine, myName, firstUnread],
  )
}

/** The first message that was unread when the conversation was opened; stays the same while it is open. */
export function useFirstUnread(items: readonly Message[], readUntil: string | null): string | null {
  const [readUntilAtOpen] = useState(readUntil)
  return useMemo(() => {
    const read = readUntilAtOpen ? items.findIndex((message) => message.id === readUntilAtOpen) : -1
    if (read < 0) return null
    return items.slice(read + 1).find((message) => message.direction !== 'out')?.id ?? null
  }, [items, readUntilAtOpen])
}
