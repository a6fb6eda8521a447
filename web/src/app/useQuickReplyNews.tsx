/** What the stream tells of quick replies: lists are refetched, and who suggested one learns of the decision. */

import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { toast } from 'sonner'
import type { QuickReplyNews } from '../api'
import type { Me } from '../lib/contract'
import { queryKeys } from '../lib/queryKeys'
import { paths } from './paths'

export function useQuickReplyNews({ id: meId }: Me): (news: QuickReplyNews) => void {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useCallback(
    ({ id, name, suggestion, suggested_by }) => {
      void cache.invalidateQueries({ queryKey: queryKeys.quickReplies })
      if (suggested_by !== meId || (suggestion !== 'approved' && suggestion !== 'rejected')) return
      const show = {
        // One toast per suggestion, however often the stream repeats it.
        id: `suggestion-${id}`,
        action: {
          label: t`Ver`,
          onClick: () =>
            void navigate({ to: paths.quickReply, params: { section: 'minhas', quickReplyId: id } }),
        },
      }
      if (suggestion === 'approved') toast.success(t`Sua sugestão foi aprovada: ${name}.`, show)
      else toast.warning(t`Sua sugestão foi recusada: ${name}. O motivo está nela.`, show)
    },
    [cache, navigate, meId],
  )
}
