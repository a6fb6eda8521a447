/** Sends a text as the customer. */

import { useMutation } from '@tanstack/react-query'
import { phoneUrl, request } from './simulator'

export const useSendFromPhone = (waId: string) =>
  useMutation({ mutationFn: (text: string) => request<{ id: string }>(phoneUrl(waId, 'messages'), { text }) })
