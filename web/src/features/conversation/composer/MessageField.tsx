/** The field for a message to the customer, which is sent or scheduled. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Bell, CalendarClock, MessageSquareText, SendHorizontal } from 'lucide-react'
import { type CSSProperties, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import type { Me, Ticket } from '../../../lib/contract'
import { countCharacters } from '../../../lib/countCharacters'
import type { Thread } from '../../../lib/merge'
import { queryKeys } from '../../../lib/queryKeys'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { variableValuesQuery } from '../../../lib/variableValues'
import type { Window24 } from '../../../lib/window'
import { CompletionField, type CompletionFieldHandle } from '../../../ui/completion/CompletionField'
import { EmojiButton } from '../../../ui/emoji/EmojiButton'
import { useEmojiSource } from '../../../ui/emoji/emojiSource'
import { useOutbox } from '../outbox/useOutbox'
import { fillIn, followText, type OpenVariable, openVariables, usesOf } from './inserted'
import { OpenVariables } from './OpenVariables'
import { useSchedule } from './requests/useSchedule'
import { QUICK_REPLIES, useQuickReplySource, useVariableSource, valuesOf } from './sources'
import { useInserted } from './useInserted'

const ScheduleDialog = lazy(async () => ({ default: (await import('./ScheduleDialog')).ScheduleDialog }))

const MAX_LENGTH = 4_096
/** The server keeps drafts up to this length; longer ones stay in this browser. */
const MAX_DRAFT_LENGTH = 16_000

interface MessageFieldProps {
  ticket: Ticket
  me: Me
  firstName: string
  draft: string
  setDraft: (text: string) => void
  window: Window24
  tabs: ReactNode
  /** Shows the templates; without it there is no bell. */
  onOpenTemplates?: () => void
}

export function MessageField({
  ticket,
  me,
  firstName,
  draft,
  setDraft,
  window,
  tabs,
  onOpenTemplates,
}: MessageFieldProps) {
  const { t } = useLingui()
  const now = useNow()
  const outbox = useOutbox()
  const cache = useQueryClient()
  const field = useRef<CompletionFieldHandle>(null)
  const [isScheduling, setScheduling] = useState(false)
  const emojis = useEmojiSource(me.id)
  const { inserted, follow, add } = useInserted(me.id, ticket.conversation_id, draft)
  const quickReplies = useQuickReplySource(ticket.conversation_id, add)
  const variables = useVariableSource(ticket.conversation_id, add)
  const values = valuesOf(
    useQuery({ ...variableValuesQuery(ticket.conversation_id), enabled: draft.includes('$') }).data ?? [],
  )
  const openIn = (text: string) =>
    openVariables(
      followText(inserted, text),
      (name) => values.has(name) || inserted.replies.some((reply) => reply.variables.includes(name)),
    )
  const open = openIn(draft)
  const schedule = useSchedule(ticket.conversation_id)
  const length = countCharacters(draft)
  const over = length - MAX_LENGTH
  const isEmpty = draft.trim() === ''

  useEffect(() => {
    // On a phone the keyboard would cover the thread.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [])

  const change = (text: string) => {
    setDraft(text)
    follow(text)
  }
  const select = ({ start, end }: OpenVariable) => field.current?.select(start, end)
  const send = () => {
    if (isEmpty || over > 0) return
    if (open[0]) return select(open[0])
    const thread = cache.getQueryData<Thread>(queryKeys.messages(ticket.conversation_id))
    const after = thread?.items.reduce((newest, { position }) => Math.max(newest, position), 0) ?? 0
    outbox.add(ticket.conversation_id, draft, after, usesOf(inserted))
    change('')
    field.current?.focus()
  }
  return (
    <>
      <form
        className="composer"
        data-window={window.state}
        style={{ '--left': window.left } as CSSProperties}
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <i className="edge" aria-hidden="true" />
        <div className="compose-top">
          {tabs}
          <span className="right">
            {ticket.owner === null && ticket.state !== 'open' ? (
              <Trans>Responder assume o atendimento</Trans>
            ) : (
              ticket.window_ends_at && (
                <Trans>Janela aberta até {formatDayAndTime(ticket.window_ends_at, now)}</Trans>
              )
            )}
          </span>
        </div>
        <CompletionField
          ref={field}
          className="compose-text"
          label={t`Mensagem`}
          describedBy={open.length > 0 ? 'compose-open compose-hint' : 'compose-hint'}
          isInvalid={open.length > 0}
          placeholder={t`Escreva para ${firstName}`}
          value={draft}
          onChange={change}
          onEnter={send}
          sources={[quickReplies, variables, emojis]}
          marks={[
            ...inserted.pieces
              .filter(({ kind }) => kind === 'value')
              .map(({ at, text }) => ({ start: at, end: at + text.length, className: 'is-filled' })),
            ...open.map(({ start, end }) => ({ start, end, className: 'is-hole' })),
          ]}
        />
        {open.length > 0 && (
          <OpenVariables
            open={open}
            values={values}
            onSelect={select}
            onReplace={({ name, start, end }, value) => {
              field.current?.replace(start, end, value)
              add(start, fillIn(`$${name}`, values))
            }}
          />
        )}
        <div className="compose-tools">
          {onOpenTemplates && <TemplatesButton onOpen={onOpenTemplates} />}
          <button
            type="button"
            className="icon-btn"
            aria-label={t`Respostas prontas`}
            title={t`Respostas prontas`}
            onClick={() => field.current?.open(QUICK_REPLIES)}
          >
            <MessageSquareText className="i" aria-hidden="true" />
          </button>
          <EmojiButton userId={me.id} onPick={(emoji) => field.current?.insert(emoji)} />
          <button
            type="button"
            className="icon-btn"
            aria-label={t`Agendar envio`}
            title={t`Agendar envio`}
            onClick={() => (open[0] ? select(open[0]) : setScheduling(true))}
          >
            <CalendarClock className="i" aria-hidden="true" />
          </button>
          {over > 0 && (
            <span className="over" role="alert">
              {length > MAX_DRAFT_LENGTH ? (
                <Trans>Longo demais para enviar, {over} caracteres a mais; guardado só neste navegador</Trans>
              ) : (
                <Trans>Longo demais para enviar, {over} caracteres a mais; o rascunho está guardado</Trans>
              )}
            </span>
          )}
          <span className="right">
            <span className="hint" id="compose-hint">
              <kbd>Enter</kbd> <Trans>envia</Trans> <kbd>/</kbd> <Trans>respostas</Trans> <kbd>$</kbd>{' '}
              <Trans>variáveis</Trans>
            </span>
            <button
              type="submit"
              className="send"
              aria-label={t`Enviar`}
              aria-disabled={isEmpty || over > 0 || open.length > 0}
            >
              <span>
                <Trans>Enviar</Trans>
              </span>
              <SendHorizontal className="i i-md" aria-hidden="true" />
            </button>
          </span>
        </div>
      </form>
      <Suspense>
        {isScheduling && (
          <ScheduleDialog
            ticket={ticket}
            firstName={firstName}
            draft={draft}
            openIn={openIn}
            onClose={() => setScheduling(false)}
            onSubmit={(later) =>
              schedule.mutate(later, { onSuccess: () => later.text === draft && change('') })
            }
          />
        )}
      </Suspense>
    </>
  )
}

export function TemplatesButton({ onOpen, isLit = false }: { onOpen: () => void; isLit?: boolean }) {
  const { t } = useLingui()
  return (
    <button
      type="button"
      className={isLit ? 'icon-btn is-lit' : 'icon-btn'}
      aria-label={t`Modelos de mensagens`}
      title={t`Modelos de mensagens`}
      onClick={onOpen}
    >
      <Bell className="i" aria-hidden="true" />
    </button>
  )
}
