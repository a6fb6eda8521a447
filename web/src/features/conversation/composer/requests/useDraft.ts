/** What stands in a field and is not sent: here at once, and on the server for one's other screens. */

import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { deleteDraft, getDraft, putDraft } from '../../../../api'
import { answered } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'
import { store, stored } from '../../../../lib/storage'

const KEEP_MS = 700

/** A text that outlives a reload, on this machine alone. */
export function useKept(key: string): [string, (text: string) => void] {
  const [text, set] = useState(() => stored<string>(key) ?? '')
  const keep = useCallback(
    (next: string) => {
      set(next)
      store(key, next || null)
    },
    [key],
  )
  return [text, keep]
}

/**
 * The draft of a conversation. What was typed here wins over what the server has, until the server has it; from
 * then on the server's wins, so a draft goes on in another tab or on another machine.
 */
export function useDraft(meId: string, conversationId: string): [string, (text: string) => void] {
  const [text, keep] = useKept(`balcao.draft.${meId}.${conversationId}`)
  const unsaved = `balcao.unsaved.${meId}.${conversationId}`
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const typedAt = useRef(0)
  const path = { conversation_id: conversationId }

  const save = async (wanted: string) => {
    try {
      if (wanted) await answered(putDraft({ path, body: { text: wanted } }))
      else await answered(deleteDraft({ path }))
      if (stored<string>(unsaved) === wanted) store(unsaved, null)
    } catch {
      // It stays here, marked as unsaved, and is tried again with the next letter or the next opening.
    }
  }
  const saveNow = useRef(save)
  saveNow.current = save

  const onServer = useQuery({
    queryKey: keys.draft(conversationId),
    queryFn: async () => ({ askedAt: Date.now(), ...(await answered(getDraft({ path }))) }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: true,
  }).data
  useEffect(() => {
    // An answer to what was asked before the last letter knows less than the field.
    if (!onServer || onServer.askedAt < typedAt.current) return
    const mine = stored<string>(unsaved)
    if (mine !== null) void saveNow.current(mine)
    else keep(onServer.text)
  }, [onServer, unsaved, keep])

  useEffect(
    () => () => {
      clearTimeout(timer.current)
      const mine = stored<string>(unsaved)
      if (mine !== null) void saveNow.current(mine)
    },
    [unsaved],
  )

  const set = useCallback(
    (next: string) => {
      typedAt.current = Date.now()
      keep(next)
      store(unsaved, next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void saveNow.current(next), next ? KEEP_MS : 0)
    },
    [keep, unsaved],
  )
  return [text, set]
}
