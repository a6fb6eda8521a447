/** Where the customer writes. */

import { Trans, useLingui } from '@lingui/react/macro'
import { SendHorizontal } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { problemText } from '../../lib/problem'
import { useSendFromPhone } from './requests/useSendFromPhone'

export function PhoneComposer({ waId }: { waId: string }) {
  const { t } = useLingui()
  const [text, setText] = useState('')
  const sendMessage = useSendFromPhone(waId)
  const send = () => {
    if (!text.trim()) return
    sendMessage.mutate(text, { onError: () => setText((now) => now || text) })
    setText('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form
      className="phone-foot"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {sendMessage.isError && (
        <p className="phone-error" role="alert">
          <Trans>Não saiu do telefone: {problemText(sendMessage.error)}.</Trans>
        </p>
      )}
      <textarea
        className="phone-field"
        rows={1}
        aria-label={t`Mensagem do cliente`}
        placeholder={t`Mensagem`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="phone-send" aria-label={t`Enviar do telefone`}>
        <SendHorizontal className="i" aria-hidden="true" />
      </button>
    </form>
  )
}
