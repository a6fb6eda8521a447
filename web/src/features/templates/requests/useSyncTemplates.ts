/** Asks the server to read the templates from Meta again. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { syncTemplates } from '../../../api'
import { problemText, unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

export function useSyncTemplates() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => unwrap(syncTemplates()),
    onSuccess: () => cache.invalidateQueries({ queryKey: queryKeys.allTemplates }),
    onError: (problem) => toast.error(t`Os modelos não foram lidos de novo: ${problemText(problem)}.`),
  })
}
