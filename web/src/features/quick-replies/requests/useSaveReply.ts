/** Adds a quick reply, or edits one. */

import { t } from '@lingui/core/macro'
import { addQuickReply, editQuickReply, type NewQuickReply, type QuickReply } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { randomUuid } from '../../../lib/randomUuid'
import { seen, useReplyMutation } from './useReplyMutation'

interface Save {
  /** Null adds one. */
  reply: QuickReply | null
  body: NewQuickReply
}

export const useSaveReply = () =>
  useReplyMutation(
    ({ reply, body }: Save): Promise<{ position: string }> =>
      reply
        ? unwrap(editQuickReply({ ...seen(reply), body }))
        : unwrap(addQuickReply({ body, headers: { 'Idempotency-Key': randomUuid() } })),
    ({ reply, body }) => (reply ? t`${body.name}: salva.` : t`${body.name}: criada, já em uso.`),
  )
