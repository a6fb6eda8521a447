/** One message of the thread. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Ban, Bot, MessageSquarePlus, Reply } from 'lucide-react'
import type { Message } from '../../../lib/contract'
import { formatDayHeading, formatTime, useNow } from '../../../lib/time'
import { MessageText } from '../../../ui/MessageText'
import { messageKind } from '../../../ui/messageKind'
import { TemplateButtons, TemplateContent } from '../../../ui/TemplateContent'
import { deliveryLabel, Ticks } from '../../../ui/Ticks'
import { Note } from './Note'
import type { Row } from './rows'
import { SendFailure } from './SendFailure'

interface BubbleProps {
  row: Row
  contactName: string
  myName: string
  quoted: Message | undefined
  onShowQuoted: (id: string) => void
  onSuggest: (message: Message) => void
}

export function Bubble({ row, contactName, myName, quoted, onShowQuoted, onSuggest }: BubbleProps) {
  const now = useNow()
  const { message, opensDay, opensUnread, opensGroup, closesGroup } = row
  const author = message.author.name || authorName(message, contactName)
  const hour = formatTime(message.sent_at)
  const out = message.direction === 'out'
  const bot = message.author.kind === 'bot'
  const failed = message.status === 'failed'
  const state = message.status ? `, ${deliveryLabel(message.status)}` : ''
  const side = ['group', out && 'is-out', bot && 'is-bot', opensGroup && 'is-first', closesGroup && 'is-last']

  return (
    <>
      {opensDay && (
        <div className="day">
          <time dateTime={message.sent_at}>{formatDayHeading(message.sent_at, now)}</time>
        </div>
      )}
      {opensUnread && (
        <div className="day is-new">
          <Trans>Novas mensagens</Trans>
        </div>
      )}
      {message.direction === 'internal' ? (
        <Note message={message} />
      ) : message.type === 'system' ? (
        <div className="fact">
          <span>
            {message.erased ? (
              <Trans>Dados apagados</Trans>
            ) : (
              message.text || <Trans>Aviso do WhatsApp</Trans>
            )}
          </span>
          <time dateTime={message.sent_at}>{hour}</time>
        </div>
      ) : (
        <article className={side.filter(Boolean).join(' ')} aria-label={`${author}, ${hour}${state}`}>
          {opensGroup && (
            <div className="by">
              <b dir="auto">{author}</b>
              {bot && (
                <span className="chip chip-brand">
                  <Bot className="i i-sm" aria-hidden="true" />
                  BOT
                </span>
              )}
            </div>
          )}
          <div className="line">
            <div className={failed ? 'bubble is-failed' : 'bubble'}>
              {message.quoted_id && (
                <Quote quoted={quoted} onShow={() => message.quoted_id && onShowQuoted(message.quoted_id)} />
              )}
              {message.quotes_unknown && <UnknownQuote />}
              <Body message={message} />
              {message.truncated && !message.revoked && (
                <em className="cut">
                  <Trans>Longa demais: o resto não foi guardado</Trans>
                </em>
              )}
              <span className="stamp">
                {message.edited && !message.revoked && <Trans>editada</Trans>}
                <time dateTime={message.sent_at}>{hour}</time>
                {out && message.status && <Ticks status={message.status} />}
              </span>
              <Reactions message={message} />
            </div>
            {canSuggest(row, myName) && (
              <button
                type="button"
                className="icon-btn suggest"
                aria-label={t`Sugerir como resposta pronta`}
                title={t`Sugerir como resposta pronta`}
                onClick={() => onSuggest(message)}
              >
                <MessageSquarePlus className="i" aria-hidden="true" />
              </button>
            )}
          </div>
          {message.template && !message.revoked && !message.erased && (
            <TemplateButtons buttons={message.template.buttons} />
          )}
          {failed && <SendFailure row={row} />}
          {message.status === 'unconfirmed' && (
            <p className="unconfirmed">
              <Trans>O WhatsApp não confirmou se recebeu. Ela não será repetida sozinha.</Trans>
            </p>
          )}
        </article>
      )}
    </>
  )
}

/** A text that this agent sent, and that the server has. */
const canSuggest = ({ message, outgoing }: Row, myName: string): boolean =>
  !outgoing &&
  message.direction === 'out' &&
  message.type === 'text' &&
  message.author.kind === 'agent' &&
  message.author.name === myName &&
  !message.revoked &&
  !message.erased &&
  Boolean(message.text)

function authorName(message: Message, contactName: string): string {
  switch (message.author.kind) {
    case 'contact':
      return contactName
    case 'bot':
      return t`Assistente`
    case 'system':
      return t`Mensagem automática`
    case 'agent':
      return t`Equipe`
    case 'app':
      return t`Pelo aplicativo`
  }
}

function Body({ message }: { message: Message }) {
  if (message.revoked) {
    return (
      <span className="revoked">
        <Ban className="i i-sm" aria-hidden="true" />
        {message.direction === 'in' ? <Trans>Apagada pelo cliente</Trans> : <Trans>Mensagem apagada</Trans>}
      </span>
    )
  }
  if (message.erased) {
    return (
      <em className="revoked">
        <Trans>Dados apagados</Trans>
      </em>
    )
  }
  const kind = messageKind(message.type)
  const text = message.text ? <MessageText>{message.text}</MessageText> : null
  if (kind && message.template) {
    const { Icon, name } = kind
    const { header, footer } = message.template
    return (
      <>
        <span className="kind-line">
          <Icon className="i i-sm" aria-hidden="true" />
          {name}
        </span>
        <TemplateContent header={header} body={text} footer={footer} />
      </>
    )
  }
  if (!kind) {
    return (
      text ?? (
        <em className="revoked">
          <Trans>Texto apagado</Trans>
        </em>
      )
    )
  }
  const { Icon } = kind
  if (kind.hasFullText && text) {
    return (
      <>
        <span className="kind-line">
          <Icon className="i i-sm" aria-hidden="true" />
          {kind.name}
        </span>
        {text}
      </>
    )
  }
  return (
    <>
      <span className="kind">
        <Icon className="i i-lg" aria-hidden="true" />
        <span>
          <b>{kind.name}</b>
          <small>
            <Trans>guardado; ainda não se abre aqui</Trans>
          </small>
        </span>
      </span>
      {text}
    </>
  )
}

function UnknownQuote() {
  return (
    <span className="quote">
      <Reply className="i i-sm" aria-hidden="true" />
      <span>
        <Trans>Resposta a uma mensagem que não está aqui</Trans>
      </span>
    </span>
  )
}

function Quote({ quoted, onShow }: { quoted: Message | undefined; onShow: () => void }) {
  const kind = quoted ? messageKind(quoted.type) : null
  return (
    <button type="button" className="quote" onClick={onShow} disabled={!quoted}>
      <Reply className="i i-sm" aria-hidden="true" />
      <span>
        {quoted && !quoted.revoked ? (
          quoted.text || kind?.name
        ) : (
          <Trans>Resposta a uma mensagem anterior</Trans>
        )}
      </span>
    </button>
  )
}

function Reactions({ message }: { message: Message }) {
  if (message.reactions.length === 0) return null
  const emojis = message.reactions.map((reaction) => reaction.emoji).join(' ')
  return (
    <span className="reactions" role="img" aria-label={t`Reação: ${emojis}`}>
      {emojis}
    </span>
  )
}
