/** The history of a contact, newest first. */

import { useQuery } from '@tanstack/react-query'
import { type ContactEvent, getContact, getContactEvents } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

const STALE_MS = 15_000

export const useContactEvents = (id: string) =>
  useQuery({
    queryKey: queryKeys.contactEvents(id),
    queryFn: () => fetchContactEvents(id),
    staleTime: STALE_MS,
  })

export async function fetchContactEvents(id: string): Promise<ContactEvent[]> {
  const path = { contact_id: id }
  // Who belongs to the contact comes from a read model, for which this request cannot wait; the contact's can.
  const written = minPosition(queryKeys.contact(id))
  if (written.min_position) await unwrap(getContact({ path, query: written }))

  const all: ContactEvent[] = []
  let after: string | null = null
  do {
    const query: { limit: number; after?: string } = { limit: 1_000, ...(after ? { after } : {}) }
    const page = await unwrap(getContactEvents({ path, query }))
    all.push(...page.items)
    after = page.next
  } while (after)
  return all.reverse()
}
