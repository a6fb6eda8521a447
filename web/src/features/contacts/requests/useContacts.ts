/** People: found, read, and two of them shown as one. */

import { t } from '@lingui/core/macro'
import {
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { toast } from 'sonner'
import {
  type ContactEvent,
  type ContactSummary,
  getContact,
  getContactEvents,
  listContacts,
  listContactTickets,
  mergeContact,
  undoContactMerge,
} from '../../../api'
import { answered, wordsFor } from '../../../lib/problem'
import { keys } from '../../../lib/queryKeys'
import { afterOwn, readBack } from '../../../lib/readYourWrites'

const PAGE = 50
/** Somebody new is told of on no list: so old it may be. */
const FRESH_MS = 15_000

export const useContacts = (q: string) =>
  useInfiniteQuery({
    queryKey: keys.contacts(q),
    queryFn: ({ pageParam }) =>
      answered(
        listContacts({
          query: {
            q,
            limit: PAGE,
            ...afterOwn(keys.allContacts),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    staleTime: FRESH_MS,
    placeholderData: keepPreviousData,
  })

export const usePerson = (id: string) =>
  useQuery({
    queryKey: keys.contact(id),
    queryFn: () => answered(getContact({ path: { contact_id: id }, query: afterOwn(keys.contact(id)) })),
  })

export const useServed = (id: string) =>
  useInfiniteQuery({
    queryKey: keys.contactTickets(id),
    queryFn: ({ pageParam }) =>
      answered(
        listContactTickets({
          path: { contact_id: id },
          query: { limit: 20, ...afterOwn(keys.contact(id)), ...(pageParam ? { cursor: pageParam } : {}) },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    staleTime: FRESH_MS,
  })

/** All that happened to a person, newest first. */
export const useContactEvents = (id: string) =>
  useQuery({
    queryKey: keys.contactEvents(id),
    queryFn: async () => {
      const all: ContactEvent[] = []
      let after: string | null = null
      do {
        const query: { limit: number; after?: string } = { limit: 1_000, ...(after ? { after } : {}) }
        const page = await answered(getContactEvents({ path: { contact_id: id }, query }))
        all.push(...page.items)
        after = page.next
      } while (after)
      return all.reverse()
    },
    staleTime: FRESH_MS,
  })

/** Both pages and every list show it from `position` on. */
function tell(cache: QueryClient, ids: readonly string[], position: string): Promise<unknown> {
  const shown = ids.map((id) => readBack(cache, keys.contact(id), position))
  return Promise.all([...shown, readBack(cache, keys.allContacts, position)])
}

/** Shows `other` as one with the person of this page, and offers the way back. */
export function useMerge(personId: string) {
  const cache = useQueryClient()
  const part = usePart(personId)
  return useMutation({
    mutationFn: (other: ContactSummary) =>
      answered(mergeContact({ path: { contact_id: other.id }, body: { into: personId } })),
    onSuccess: ({ position }, other) => {
      toast.success(t`${other.name} e este contato agora são um só.`, {
        duration: 30_000,
        closeButton: true,
        action: { label: t`Desfazer`, onClick: () => part.mutate(other) },
      })
      return tell(cache, [personId, other.id], position)
    },
    onError: (problem) => toast.error(t`Não foram juntados: ${wordsFor(problem)}.`),
  })
}

/** Lets an alias stand for itself again. */
export function usePart(personId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (other: ContactSummary) => answered(undoContactMerge({ path: { contact_id: other.id } })),
    onSuccess: ({ position }, other) => {
      toast.success(t`${other.name} é de novo um contato à parte.`)
      return tell(cache, [personId, other.id], position)
    },
    onError: (problem) => toast.error(t`Não foram separados: ${wordsFor(problem)}.`),
  })
}
