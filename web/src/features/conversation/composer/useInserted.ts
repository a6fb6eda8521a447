/** What was inserted into the message of a conversation; survives a reload, in this browser only. */

import { useCallback, useEffect, useState } from 'react'
import { readStored, writeStored } from '../../../lib/storage'
import {
  type Filled,
  followText,
  type Inserted,
  NOTHING_INSERTED,
  type UsedReply,
  withInserted,
} from './inserted'

export function useInserted(meId: string, conversationId: string, text: string) {
  const key = `balcao.inserted.${meId}.${conversationId}`
  const [stored, set] = useState(() => readStored<Inserted>(key) ?? NOTHING_INSERTED)
  const change = useCallback(
    (next: (inserted: Inserted) => Inserted) =>
      set((before) => {
        const after = next(before)
        writeStored(key, after.pieces.length + after.replies.length > 0 ? after : null)
        return after
      }),
    [key],
  )
  /** To be called with every change of the text. */
  const follow = useCallback((text: string) => change((before) => followText(before, text)), [change])
  const add = useCallback(
    (at: number, filled: Filled, reply?: UsedReply) =>
      change((before) => withInserted(before, at, filled, reply)),
    [change],
  )
  // Sent from elsewhere: what is begun next has nothing of it.
  useEffect(() => {
    if (text === '') follow('')
  }, [text, follow])
  // The text may have come from another tab.
  return { inserted: followText(stored, text), follow, add }
}
