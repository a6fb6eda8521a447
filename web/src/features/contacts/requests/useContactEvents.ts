/** The history of a contact, newest first. */

import { useQuery } from '@tanstack/react-query'
import { type ContactEvent, getContactEvents } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

const STALE_MS = 15_000

export const useContactEvents = (id: string) =>
  useQuery({
    queryKey: queryKeys.contactEvents(id),
    queryFn: async () => {
      const all: ContactEvent[] = []
      let after: string | null = null
      do {
        const query: { limit: number; after?: string } = { limit: 1_000, ...(after ? { after } : {}) }
        const page = await unwrap(getContactEvents({ path: { contact_id: id }, query }))
        all.push(...page.items)
        after = page.next
      } while (after)
      return all.reverse()
    },
    staleTime: STALE_MS,
  })
