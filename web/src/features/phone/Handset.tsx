/** One customer's phone with its chat. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Fragment, useEffect, useRef } from 'react'
import { firstNameOf } from '../../lib/firstName'
import { problemText } from '../../lib/problem'
import { formatTime, useNow } from '../../lib/time'
import { BrandMark } from '../../ui/Brand'
import { MessageText } from '../../ui/MessageText'
import { TemplateButtons, TemplateContent } from '../../ui/TemplateContent'
import { type DeliveryStatus, Ticks } from '../../ui/Ticks'
import { PhoneComposer } from './PhoneComposer'
import type { Phone, PhoneMessage } from './requests/simulator'
import { usePhoneChat } from './requests/usePhoneChat'
import { useTapButton } from './requests/useTapButton'

export function Handset({ phone }: { phone: Phone }) {
  const now = useNow()
  const chat = usePhoneChat(phone.wa_id)
  const messageList = useRef<HTMLDivElement>(null)
  const last = chat.data?.at(-1)?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: every new message moves the chat to its end
  useEffect(() => {
    messageList.current?.scrollTo({ top: messageList.current.scrollHeight })
  }, [last])

  return (
    <div className="phone">
      <div className="phone-in">
        <div className="phone-bar" aria-hidden="true">
          <span>{formatTime(new Date(now).toISOString())}</span>
          <span>{firstNameOf(phone.name)}</span>
        </div>
        <header className="phone-head">
          <BrandMark size={32} />
          <div>
            <b>{phone.business_name}</b>
            <span className="hint">
              <Trans>conta comercial</Trans>
            </span>
          </div>
        </header>
        <Chat waId={phone.wa_id} name={phone.name} messages={chat.data ?? []} scrollRef={messageList} />
        <PhoneComposer waId={phone.wa_id} />
      </div>
    </div>
  )
}

interface ChatProps {
  waId: string
  name: string
  messages: readonly PhoneMessage[]
  scrollRef: React.RefObject<HTMLDivElement | null>
}

function Chat({ waId, name, messages, scrollRef }: ChatProps) {
  const { t } = useLingui()
  const tap = useTapButton(waId)
  return (
    <div
      className="phone-chat"
      role="log"
      aria-label={t`Conversa no telefone de ${name}`}
      ref={scrollRef}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <div className="phone-chat-in">
        {messages.map((message) => (
          <Fragment key={message.id}>
            <Bubble message={message} />
            {message.template && (
              <TemplateButtons
                buttons={message.template.buttons}
                onPress={(button) => tap.mutate({ message_id: message.id, button })}
              />
            )}
          </Fragment>
        ))}
        {tap.isError && (
          <p className="phone-error" role="alert">
            <Trans>Não saiu do telefone: {problemText(tap.error)}.</Trans>
          </p>
        )}
      </div>
    </div>
  )
}

function Bubble({ message: { direction, text, type, at, status, template } }: { message: PhoneMessage }) {
  const words = text ? <MessageText>{text}</MessageText> : <em>{type}</em>
  return (
    <div className={direction === 'out' ? 'phone-bubble is-own' : 'phone-bubble'}>
      {template ? <TemplateContent header={template.header} body={words} footer={template.footer} /> : words}
      <span className="stamp">
        <time dateTime={at}>{formatTime(at)}</time>
        {direction === 'out' && <Ticks status={deliveryStatus(status)} />}
      </span>
    </div>
  )
}

const KNOWN_STATUSES: readonly string[] = [
  'pending',
  'sent',
  'delivered',
  'read',
  'failed',
] satisfies DeliveryStatus[]

const deliveryStatus = (status: string): DeliveryStatus =>
  KNOWN_STATUSES.includes(status) ? (status as DeliveryStatus) : 'pending'
