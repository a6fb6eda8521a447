/** The unsent text of a conversation: stored here at once, and on the server for the agent's other screens. */

import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { deleteDraft, getDraft, putDraft } from '../../../../api'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { readStored, writeStored } from '../../../../lib/storage'
import { useStoredText } from '../useStoredText'

const SAVE_DELAY_MS = 700

/**
 * The draft of a conversation. What was typed here wins until the server has stored it; from then on the
 * server's version wins, so a draft can be continued in another tab or on another machine.
 */
export function useDraft(meId: string, conversationId: string): [string, (text: string) => void] {
  const [text, setLocal] = useStoredText(`balcao.draft.${meId}.${conversationId}`)
  const unsavedKey = `balcao.unsaved.${meId}.${conversationId}`
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const typedAt = useRef(0)
  const path = { conversation_id: conversationId }

  const save = async (draft: string) => {
    try {
      if (draft) await unwrap(putDraft({ path, body: { text: draft } }))
      else await unwrap(deleteDraft({ path }))
      if (readStored<string>(unsavedKey) === draft) writeStored(unsavedKey, null)
    } catch {
      // The text stays here, marked as unsaved; the next keystroke or the next opening saves it.
    }
  }
  const saveNow = useRef(save)
  saveNow.current = save

  const onServer = useQuery({
    queryKey: queryKeys.draft(conversationId),
    queryFn: async () => ({ askedAt: Date.now(), ...(await unwrap(getDraft({ path }))) }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: true,
  }).data
  useEffect(() => {
    // A response to a request from before the last keystroke is outdated.
    if (!onServer || onServer.askedAt < typedAt.current) return
    const mine = readStored<string>(unsavedKey)
    if (mine !== null) void saveNow.current(mine)
    else setLocal(onServer.text)
  }, [onServer, unsavedKey, setLocal])

  useEffect(
    () => () => {
      clearTimeout(timer.current)
      const mine = readStored<string>(unsavedKey)
      if (mine !== null) void saveNow.current(mine)
    },
    [unsavedKey],
  )

  const set = useCallback(
    (next: string) => {
      typedAt.current = Date.now()
      setLocal(next)
      writeStored(unsavedKey, next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void saveNow.current(next), next ? SAVE_DELAY_MS : 0)
    },
    [setLocal, unsavedKey],
  )
  return [text, set]
}
