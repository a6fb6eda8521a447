/** The customer's phone: the other side of the counter, in the demonstration. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, SendHorizontal, X } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Problem, wordsFor } from '../../lib/problem'
import { hourOf, useNow } from '../../lib/time'
import { initialsOf } from '../../ui/AgentAvatar'
import { Square } from '../../ui/Avatar'
import { BrandMark } from '../../ui/Brand'
import { Failed } from '../../ui/EmptyState'
import { Text } from '../../ui/MessageText'
import { type Delivery, Ticks } from '../../ui/Ticks'
import { addPhone, listPhones, type Phone, type PhoneMessage, writeFrom } from './requests/simulator'
import { usePhoneChat } from './requests/usePhoneChat'

interface PhonePageProps {
  /** Whose phone is in hand. */
  waId: string | undefined
  pick: (waId: string) => void
  leave?: () => void
}

const PHONES = ['phones']

export default function PhonePage({ waId, pick, leave }: PhonePageProps) {
  const { t } = useLingui()
  const phones = useQuery({ queryKey: PHONES, queryFn: listPhones })
  const current = phones.data?.find((phone) => phone.wa_id === waId) ?? phones.data?.[0]

  if (phones.isError) {
    const absent = phones.error instanceof Problem && phones.error.status === 404
    return (
      <section className="phone-side" aria-label={t`Telefone do cliente`}>
        <Failed
          title={absent ? <Trans>Aqui não há simulador</Trans> : <Trans>O simulador não respondeu</Trans>}
          problem={phones.error}
          again={() => void phones.refetch()}
        />
      </section>
    )
  }
  return (
    <section className="phone-side" aria-label={t`Telefone do cliente`}>
      <header className="phone-side-head">
        <h2>
          <Trans>Telefone do cliente</Trans>
        </h2>
        {leave && (
          <button type="button" className="icon-btn" aria-label={t`Guardar o telefone`} onClick={leave}>
            <X className="i" aria-hidden="true" />
          </button>
        )}
      </header>
      <People phones={phones.data ?? []} current={current} pick={pick} />
      {current && <Handset key={current.wa_id} phone={current} />}
      {phones.data?.length === 0 && (
        <p className="hint">
          <Trans>Ainda não há clientes. Crie o primeiro no botão acima.</Trans>
        </p>
      )}
    </section>
  )
}

function People({
  phones,
  current,
  pick,
}: {
  phones: Phone[]
  current: Phone | undefined
  pick: (id: string) => void
}) {
  const { t } = useLingui()
  const cache = useQueryClient()
  const [naming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const id = useId()
  const adding = useMutation({
    mutationFn: () => addPhone(name.trim()),
    onSuccess: (phone) => {
      cache.setQueryData<Phone[]>(PHONES, (have) => [...(have ?? []), phone])
      setNaming(false)
      setName('')
      pick(phone.wa_id)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) adding.mutate()
  }
  return (
    <div className="people">
      <p className="panel-h" id={id}>
        <Trans>Quem está com o telefone</Trans>
      </p>
      <ul aria-labelledby={id}>
        {phones.map((phone) => (
          <li key={phone.wa_id}>
            <button
              type="button"
              aria-label={phone.name}
              title={phone.name}
              aria-pressed={phone.wa_id === current?.wa_id}
              onClick={() => pick(phone.wa_id)}
            >
              <Square id={phone.wa_id} initials={initialsOf(phone.name)} size={36} />
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="add"
            aria-label={t`Novo cliente`}
            onClick={() => setNaming(!naming)}
          >
            <Plus className="i i-md" aria-hidden="true" />
          </button>
        </li>
      </ul>
      {naming && (
        <form className="new-person" onSubmit={submit}>
          <input
            className="input"
            aria-label={t`Nome do novo cliente`}
            placeholder={t`Nome do novo cliente`}
            maxLength={100}
            value={name}
            // biome-ignore lint/a11y/noAutofocus: it was opened to be written in
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="btn" disabled={!name.trim() || adding.isPending}>
            <Trans>Criar</Trans>
          </button>
        </form>
      )}
    </div>
  )
}

function Handset({ phone }: { phone: Phone }) {
  const now = useNow()
  const chat = usePhoneChat(phone.wa_id)
  const talk = useRef<HTMLDivElement>(null)
  const last = chat.data?.at(-1)?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: every new message moves the chat to its end
  useEffect(() => {
    talk.current?.scrollTo({ top: talk.current.scrollHeight })
  }, [last])

  return (
    <div className="phone">
      <div className="phone-in">
        <div className="phone-bar" aria-hidden="true">
          <span>{hourOf(new Date(now).toISOString())}</span>
          <span>{phone.name.split(/\s+/)[0]}</span>
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
        <Chat name={phone.name} messages={chat.data ?? []} talk={talk} />
        <Foot waId={phone.wa_id} />
      </div>
    </div>
  )
}

interface ChatProps {
  name: string
  messages: readonly PhoneMessage[]
  talk: React.RefObject<HTMLDivElement | null>
}

function Chat({ name, messages, talk }: ChatProps) {
  const { t } = useLingui()
  return (
    <div
      className="phone-talk"
      role="log"
      aria-label={t`Conversa no telefone de ${name}`}
      ref={talk}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <div className="phone-talk-in">
        {messages.map(({ id, direction, text, type, at, status }) => (
          <div className={direction === 'out' ? 'pb me-out' : 'pb'} key={id}>
            {text ? <Text>{text}</Text> : <em>{type}</em>}
            <span className="stamp">
              <time dateTime={at}>{hourOf(at)}</time>
              {direction === 'out' && <Ticks status={tickOf(status)} />}
            </span>
          </div>
        ))}
      </div>
    </div>
  )
}

const KNOWN: readonly string[] = ['pending', 'sent', 'delivered', 'read', 'failed'] satisfies Delivery[]

const tickOf = (status: string): Delivery => (KNOWN.includes(status) ? (status as Delivery) : 'pending')

function Foot({ waId }: { waId: string }) {
  const { t } = useLingui()
  const [text, setText] = useState('')
  const writing = useMutation({ mutationFn: (words: string) => writeFrom(waId, words) })
  const send = () => {
    if (!text.trim()) return
    writing.mutate(text, { onError: () => setText((now) => now || text) })
    setText('')
  }
  const pressed = (event: KeyboardEvent) => {
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
      {writing.isError && (
        <p className="phone-error" role="alert">
          <Trans>Não saiu do telefone: {wordsFor(writing.error)}.</Trans>
        </p>
      )}
      <textarea
        className="fld"
        rows={1}
        aria-label={t`Mensagem do cliente`}
        placeholder={t`Mensagem`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
      />
      <button type="submit" className="go" aria-label={t`Enviar do telefone`}>
        <SendHorizontal className="i" aria-hidden="true" />
      </button>
    </form>
  )
}
