/** What of the customer stands in a suggestion, shortly after it was typed. */

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { checkSuggestion, type SuggestionChecked } from '../../../api'
import type { Message } from '../../../lib/contract'
import { countCharacters } from '../../../lib/countCharacters'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

export const MAX_TEXT_LENGTH = 4_096
const PAUSE_MS = 250

export interface SuggestionText {
  name: string
  shortcut: string
  text: string
}

/** The answer, with the text that it is about. */
const answerFor = async (text: string, answer: Promise<SuggestionChecked>) => ({ ...(await answer), text })

/** `isCurrent`: the answer is about what stands there now. */
export function useCheck({ id, conversation_id }: Message, typed: SuggestionText) {
  const [settled, setSettled] = useState(typed)
  const { name, shortcut, text } = typed
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ name, shortcut, text }), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [name, shortcut, text])
  const checked = useQuery({
    queryKey: queryKeys.suggestionCheck(id, settled),
    queryFn: () =>
      answerFor(
        settled.text,
        unwrap(checkSuggestion({ body: { conversation_id, message_id: id, ...settled } })),
      ),
    enabled: countCharacters(settled.text) <= MAX_TEXT_LENGTH,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 30_000,
  })
  const isSettled = settled.name === name && settled.shortcut === shortcut && settled.text === text
  return { checked, isCurrent: isSettled && checked.isSuccess && !checked.isPlaceholderData }
}
