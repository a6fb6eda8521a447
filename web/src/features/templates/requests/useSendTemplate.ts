/** Sends a template: into a conversation, or as an active message to a contact. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { sendMessage, writeFirst } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { randomUuid } from '../../../lib/randomUuid'

/** To whom a template goes. */
export interface Recipient {
  contactId: string
  name: string
  /** Null for an active message, which opens the conversation. */
  conversationId: string | null
}

interface Filled {
  templateId: string
  parameters: Record<string, string>
}

export function useSendTemplate({ contactId, conversationId }: Recipient, channelId: string | undefined) {
  const cache = useQueryClient()
  // One key per content: what is sent again after no response arrives once.
  const attempt = useRef({ content: '', key: '' })
  return useMutation({
    mutationFn: async ({ templateId, parameters }: Filled) => {
      const content = JSON.stringify([channelId, templateId, parameters])
      if (attempt.current.content !== content) attempt.current = { content, key: randomUuid() }
      const headers = { 'Idempotency-Key': attempt.current.key }
      const filled = { template_id: templateId, parameters }
      if (conversationId === null) {
        const body = { ...filled, contact_id: contactId, channel_id: channelId ?? '' }
        return unwrap(writeFirst({ headers, body }))
      }
      const path = { conversation_id: conversationId }
      const sent = await unwrap(sendMessage({ path, headers, body: { type: 'template', ...filled } }))
      return { ...sent, conversation_id: conversationId }
    },
    // The stream brings the message too; this is for when the stream is down.
    onSettled: () => {
      if (conversationId === null) return
      void cache.invalidateQueries({ queryKey: queryKeys.conversation(conversationId) })
      void cache.invalidateQueries({ queryKey: queryKeys.messages(conversationId) })
    },
  })
}
