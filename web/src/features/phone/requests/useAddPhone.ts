/** Adds a simulated customer. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { queryKeys } from '../../../lib/queryKeys'
import { PHONES_URL, type Phone, request } from './simulator'

export function useAddPhone() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => request<Phone>(PHONES_URL, { name }),
    onSuccess: (phone) =>
      cache.setQueryData<Phone[]>(queryKeys.phones, (phones) => [...(phones ?? []), phone]),
  })
}
