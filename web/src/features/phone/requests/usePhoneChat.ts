/** The chat of one phone, kept up to date by its stream; messages in view are marked as read. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { queryKeys } from '../../../lib/queryKeys'
import { type PhoneMessage, phoneUrl, request } from './simulator'

const fetchMessages = async (waId: string) =>
  (await request<{ items: PhoneMessage[] }>(phoneUrl(waId, 'messages?after=0'))).items

/** Later states of a message replace earlier ones. */
export function upsertMessages(
  current: readonly PhoneMessage[],
  updates: readonly PhoneMessage[],
): PhoneMessage[] {
  const byId = new Map(current.map((message) => [message.id, message]))
  for (const message of updates) byId.set(message.id, { ...byId.get(message.id), ...message })
  return [...byId.values()].sort((a, b) => a.n - b.n)
}

export function usePhoneChat(waId: string) {
  const cache = useQueryClient()
  const chat = useQuery({ queryKey: queryKeys.phone(waId), queryFn: () => fetchMessages(waId) })

  useEffect(() => {
    const stream = new EventSource(phoneUrl(waId, 'stream'))
    const onMessage = (event: MessageEvent<string>) => {
      const update = JSON.parse(event.data) as PhoneMessage
      cache.setQueryData<PhoneMessage[]>(
        queryKeys.phone(waId),
        (current) => current && upsertMessages(current, [update]),
      )
    }
    stream.addEventListener('message', onMessage)
    stream.addEventListener('status', onMessage)
    // Fetches what was sent before the stream was open, the first time and after every reconnect.
    stream.onopen = () => void cache.invalidateQueries({ queryKey: queryKeys.phone(waId) })
    return () => stream.close()
  }, [cache, waId])

  const unread =
    chat.data?.some((message) => message.direction === 'in' && message.status !== 'read') ?? false
  useEffect(() => {
    if (!unread) return
    const markRead = () => {
      if (document.visibilityState === 'visible') request(phoneUrl(waId, 'read'), {}).catch(() => {})
    }
    const timer = setTimeout(markRead, 600)
    document.addEventListener('visibilitychange', markRead)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', markRead)
    }
  }, [unread, waId])

  return chat
}
