/** Withdraws one's own suggestion. */

import { t } from '@lingui/core/macro'
import { withdrawSuggestion } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useReplyMutation } from './useReplyMutation'

export const useWithdraw = () =>
  useReplyMutation(
    ({ id }: { id: string; name: string }) => unwrap(withdrawSuggestion({ path: { quick_reply_id: id } })),
    ({ name }) => t`Sugestão retirada: ${name}.`,
  )
