/** Where a list above a text field gets its lines from. */

import type { QueryKey } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { FindWord } from './words'

/** One line of the list. */
export interface Completion {
  id: string
  content: ReactNode
  /** What is inserted. */
  text: string
  /** The whole text, which Tab shows; without it, Tab inserts. */
  preview?: ReactNode
  /** Called once `text` stands at `at`. */
  onInsert?: (at: number) => void
}

export interface CompletionSource<Data = unknown> {
  id: string
  title: string
  icon?: ReactNode
  find: FindWord
  /** What has to be asked for the typed text. */
  query(typed: string): {
    queryKey: QueryKey
    queryFn: () => Promise<Data>
    staleTime?: number
    gcTime?: number
  }
  /** The lines for the typed text, best first. */
  lines(data: Data, typed: string): readonly Completion[]
  /** Said when there are none; without it the list closes then. While it is said, Enter does not send. */
  empty?(typed: string): ReactNode
}
