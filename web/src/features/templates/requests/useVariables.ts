/** The variables that have a value in a conversation, for the caller. */

import { useQuery } from '@tanstack/react-query'
import { variableValuesQuery } from '../../../lib/variableValues'

export const useVariables = (conversationId: string | null) =>
  useQuery({
    ...variableValuesQuery(conversationId ?? ''),
    enabled: conversationId !== null,
    select: (items) =>
      items.flatMap(({ name, kind, value }) => (value === null ? [] : [{ name, kind, value }])),
  })
