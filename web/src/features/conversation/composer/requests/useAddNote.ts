/** Adds a note to the thread. */

import { t } from '@lingui/core/macro'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { toast } from 'sonner'
import { addNote } from '../../../../api'
import { answered, wordsFor } from '../../../../lib/problem'
import { newKey } from '../../../../lib/randomUuid'

interface Written {
  text: string
  mentions: string[]
}

/** The same words tried again go out under the same key: kept twice, they stand there once. */
export function useAddNote(conversationId: string) {
  const tried = useRef<{ text: string; key: string }>(undefined)
  return useMutation({
    mutationFn: (note: Written) => {
      if (tried.current?.text !== note.text) tried.current = { text: note.text, key: newKey() }
      const headers = { 'Idempotency-Key': tried.current.key }
      return answered(addNote({ path: { conversation_id: conversationId }, headers, body: note }))
    },
    onSuccess: () => {
      tried.current = undefined
    },
    onError: (problem) => toast.error(t`A nota não foi guardada: ${wordsFor(problem)}.`),
  })
}
