/** The values of all variables in a conversation, for the agent who writes. */

import { getVariableValues } from '../api'
import { unwrap } from './problem'
import { queryKeys } from './queryKeys'

/** A greeting changes with the hour, a name when somebody edits it. */
const STALE_MS = 5_000

export const variableValuesQuery = (conversationId: string) => ({
  queryKey: queryKeys.variablesOf(conversationId),
  queryFn: async () => {
    const query = { utc_offset_min: -new Date().getTimezoneOffset() }
    return (await unwrap(getVariableValues({ path: { conversation_id: conversationId }, query }))).items
  },
  staleTime: STALE_MS,
})
