/** One contact: the card, its tickets, and what it is merged with. */

import { useQuery } from '@tanstack/react-query'
import { getContact } from '../api'
import { unwrap } from './problem'
import { queryKeys } from './queryKeys'
import { minPosition } from './readYourWrites'

export const useContact = (id: string) =>
  useQuery({
    queryKey: queryKeys.contact(id),
    queryFn: () =>
      unwrap(getContact({ path: { contact_id: id }, query: minPosition(queryKeys.contact(id)) })),
  })
