/** Shown instead of a conversation, or of its messages, that could not be opened. */

import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Problem } from '../../lib/problem'
import { ErrorState } from '../../ui/EmptyState'

interface ConversationErrorProps {
  query: { error: unknown; refetch: () => unknown }
  /** The list, which a narrow screen shows on a page of its own. */
  back?: { to: string; params: Record<string, string> }
}

export function ConversationError({ query: { error, refetch }, back }: ConversationErrorProps) {
  const status = error instanceof Problem ? error.status : 0
  return (
    <ErrorState
      title={
        status === 404 ? (
          <Trans>Este atendimento não está com você</Trans>
        ) : (
          <Trans>Não deu para abrir esta conversa</Trans>
        )
      }
      problem={error}
      onRetry={() => void refetch()}
      back={
        back && (
          <Link {...back} className="btn back">
            <Trans>Voltar à lista</Trans>
          </Link>
        )
      }
    >
      {status === 0 ? (
        <Trans>A conversa abre assim que a conexão voltar, e seu rascunho está guardado.</Trans>
      ) : (
        <Trans>As outras conversas continuam funcionando, e seu rascunho está guardado.</Trans>
      )}
    </ErrorState>
  )
}
