/** Approves a suggestion, as it is or edited, or rejects it. */

import { t } from '@lingui/core/macro'
import { type DecideSuggestion, decideSuggestion, type QuickReply } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { seen, useReplyMutation } from './useReplyMutation'

interface Decision {
  reply: QuickReply
  body: DecideSuggestion
}

export const useDecide = () =>
  useReplyMutation(
    ({ reply, body }: Decision) => unwrap(decideSuggestion({ ...seen(reply), body })),
    ({ reply, body }) => {
      const name = body.name ?? reply.suggestion?.name ?? reply.name
      return body.approved ? t`Aprovada: ${name}. Já está em uso.` : t`Recusada: ${name}.`
    },
  )
