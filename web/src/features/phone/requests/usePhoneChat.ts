/** One phone's chat, kept fresh by its stream. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type PhoneMessage, phoneMessages, phoneStream, readOn } from './simulator'

const chatKey = (waId: string) => ['phone', waId] as const

/** Later news of a message replace earlier ones. */
export function laidOver(have: readonly PhoneMessage[], news: readonly PhoneMessage[]): PhoneMessage[] {
  const byId = new Map(have.map((message) => [message.id, message]))
  for (const message of news) byId.set(message.id, { ...byId.get(message.id), ...message })
  return [...byId.values()].sort((a, b) => a.n - b.n)
}

export function usePhoneChat(waId: string) {
  const cache = useQueryClient()
  const chat = useQuery({ queryKey: chatKey(waId), queryFn: () => phoneMessages(waId) })

  useEffect(() => {
    const stream = phoneStream(waId)
    const hear = (event: MessageEvent<string>) => {
      const news = JSON.parse(event.data) as PhoneMessage
      cache.setQueryData<PhoneMessage[]>(chatKey(waId), (have) => have && laidOver(have, [news]))
    }
    stream.addEventListener('message', hear)
    stream.addEventListener('status', hear)
    // What came before the stream was open, the first time and after every cut.
    stream.onopen = () => void cache.invalidateQueries({ queryKey: chatKey(waId) })
    return () => stream.close()
  }, [cache, waId])

  const unread =
    chat.data?.some((message) => message.direction === 'in' && message.status !== 'read') ?? false
  useEffect(() => {
    if (!unread) return
    const look = () => {
      if (document.visibilityState === 'visible') readOn(waId).catch(() => {})
    }
    const soon = setTimeout(look, 600)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(soon)
      document.removeEventListener('visibilitychange', look)
    }
  }, [unread, waId])

  return chat
}
