/** The phones of all simulated customers. */

import { useQuery } from '@tanstack/react-query'
import { queryKeys } from '../../../lib/queryKeys'
import { PHONES_URL, type Phone, request } from './simulator'

export const usePhones = () =>
  useQuery({
    queryKey: queryKeys.phones,
    queryFn: async () => (await request<{ items: Phone[] }>(PHONES_URL)).items,
  })
