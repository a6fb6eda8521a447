/** Suggests a quick reply from a message. */

import { t } from '@lingui/core/macro'
import { type SuggestQuickReply, suggestQuickReply } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { randomUuid } from '../../../lib/randomUuid'
import { useReplyMutation } from './useReplyMutation'

export const useSuggest = () =>
  useReplyMutation(
    (body: SuggestQuickReply) =>
      unwrap(suggestQuickReply({ body, headers: { 'Idempotency-Key': randomUuid() } })),
    ({ name }) => t`Sugestão enviada: ${name}. Quem administra decide.`,
  )
