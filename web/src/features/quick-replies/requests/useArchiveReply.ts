/** Archives a quick reply: nobody is offered it any more. */

import { t } from '@lingui/core/macro'
import { archiveQuickReply } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useReplyMutation } from './useReplyMutation'

export const useArchiveReply = () =>
  useReplyMutation(
    ({ id }: { id: string; name: string }) => unwrap(archiveQuickReply({ path: { quick_reply_id: id } })),
    ({ name }) => t`${name} arquivada: ela não é mais oferecida.`,
  )
