/** Answers a template with one of its quick replies, as the customer. */

import { useMutation } from '@tanstack/react-query'
import { phoneUrl, request } from './simulator'

interface Tap {
  message_id: string
  button: number
}

export const useTapButton = (waId: string) =>
  useMutation({ mutationFn: (tap: Tap) => request<{ id: string }>(phoneUrl(waId, 'taps'), tap) })
