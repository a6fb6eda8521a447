/** Why a message was not sent, with the actions left. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Problem, problemText } from '../../../lib/problem'
import { useOutbox } from '../outbox/useOutbox'
import type { Row } from './rows'

/** Meta's most frequent error codes in words; its own titles are in English. */
function failureReason(code: string): string {
  switch (code) {
    case '131047':
      return t`a janela de 24 horas fechou`
    case '131026':
      return t`este número não recebe mensagens do WhatsApp`
    case '131000':
    case '131016':
      return t`instabilidade no WhatsApp`
    case '131056':
    case '130429':
      return t`mensagens demais em pouco tempo`
    case '131049':
      return t`o WhatsApp preferiu não entregar`
    case 'contact_erased':
      return t`os dados do cliente foram apagados`
  }
  return t`o WhatsApp recusou`
}

export function SendFailure({ row: { message, outgoing } }: { row: Row }) {
  const outbox = useOutbox()
  if (outgoing?.refused) {
    const { status, code } = outgoing.refused
    return (
      <p className="failed">
        <span>
          <Trans>Não enviada: {problemText(new Problem(status, code))}</Trans>
        </span>
        <button type="button" className="again" onClick={() => outbox.retry(outgoing)}>
          <Trans>Tentar de novo</Trans>
        </button>
        <button type="button" className="again" onClick={() => outbox.remove(outgoing.key)}>
          <Trans>Descartar</Trans>
        </button>
      </p>
    )
  }
  if (!message.error) {
    return (
      <p className="failed">
        <Trans>Não enviada</Trans>
      </p>
    )
  }
  const { code, title } = message.error
  return (
    <p className="failed" data-code={code} title={title ?? undefined}>
      <Trans>Não enviada: {failureReason(code)}</Trans>
    </p>
  )
}
