/** Adds a note to the thread. */

import { t } from '@lingui/core/macro'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { toast } from 'sonner'
import { addNote, type NewNote } from '../../../../api'
import { problemText, unwrap } from '../../../../lib/problem'
import { randomUuid } from '../../../../lib/randomUuid'

/** The same text sent again uses the same Idempotency-Key, so it is stored once. */
export function useAddNote(conversationId: string) {
  const lastTry = useRef<{ text: string; key: string }>(undefined)
  return useMutation({
    mutationFn: (note: NewNote) => {
      if (lastTry.current?.text !== note.text) lastTry.current = { text: note.text, key: randomUuid() }
      const headers = { 'Idempotency-Key': lastTry.current.key }
      return unwrap(addNote({ path: { conversation_id: conversationId }, headers, body: note }))
    },
    onSuccess: () => {
      lastTry.current = undefined
    },
    onError: (problem) => toast.error(t`A nota não foi guardada: ${problemText(problem)}.`),
  })
}
