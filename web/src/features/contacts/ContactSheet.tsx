/** All that is known of a person: who they are, what was served, what was written down and by whom. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ChevronLeft, Combine, TriangleAlert } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { ContactPage, ServedTicket } from '../../api'
import { readablePhone } from '../../lib/formatPhone'
import { wordsFor } from '../../lib/problem'
import { dateOf, dayAndHour, useNow } from '../../lib/time'
import { Square } from '../../ui/Avatar'
import { Failed } from '../../ui/EmptyState'
import { HeadBones, LineBones, ThreadBones } from '../../ui/Skeleton'
import { ContactHistory } from './ContactHistory'
import { MergeDialog } from './MergeDialog'
import { useMerge, usePart, usePerson, useServed } from './requests/useContacts'

type ToLink = { to: string; params?: Record<string, string> }

interface PersonSheetProps {
  contactId: string
  back: ToLink
  /** The card with its form; the app puts it in. */
  card: ReactNode
  toTicket: (ticket: ServedTicket) => ToLink
}

export function PersonSheet({ contactId, back, card, toTicket }: PersonSheetProps) {
  const { t } = useLingui()
  const person = usePerson(contactId)
  const merge = useMerge(contactId)
  const [joining, join] = useState(false)
  const phone = readablePhone(person.data?.phone)
  const name = person.data
    ? (person.data.name !== person.data.phone && person.data.name) || phone || t`Contato sem nome`
    : ''

  useEffect(() => {
    document.title = name ? `${name} · Balcão` : 'Contatos · Balcão'
  }, [name])

  if (person.isPending) {
    return (
      <div className="person-sheet">
        <header className="ticket-head">
          <HeadBones />
        </header>
        <ThreadBones />
      </div>
    )
  }
  if (!person.data) {
    return (
      <div className="person-sheet">
        <Failed
          title={<Trans>Não deu para abrir este contato</Trans>}
          problem={person.error}
          again={() => void person.refetch()}
        />
      </div>
    )
  }
  const page = person.data
  return (
    <div className="person-sheet">
      <header className="ticket-head">
        <Link {...back} className="icon-btn back" aria-label={t`Voltar à lista`}>
          <ChevronLeft className="i" aria-hidden="true" />
        </Link>
        <Square id={page.id} initials={page.initials} size={40} />
        <div className="ticket-who">
          <h1 dir="auto">{name}</h1>
          <p>
            {phone && phone !== name && <span>{phone}</span>}
            <span>
              <Trans>Cliente desde {dateOf(page.created_at)}</Trans>
            </span>
          </p>
        </div>
        <div className="ticket-tools">
          <button type="button" className="btn is-kept" onClick={() => join(true)} disabled={merge.isPending}>
            <Combine className="i i-md" aria-hidden="true" />
            <Trans>Juntar contatos</Trans>
          </button>
        </div>
      </header>
      <div className="person-body">
        <div className="aside is-plain">
          <h2 className="vh">
            <Trans>Quem é</Trans>
          </h2>
          {card}
          <Addresses page={page} />
          <Aliases page={page} />
          {page.bot_variables && <FromTheBot page={page} />}
        </div>
        <div className="person-past">
          <Conflicts page={page} merge={(other) => merge.mutate(other)} />
          <Served contactId={page.id} toTicket={toTicket} />
          <ContactHistory contactId={page.id} />
        </div>
      </div>
      {joining && (
        <MergeDialog person={{ id: page.id, name }} leave={() => join(false)} wanted={merge.mutate} />
      )}
    </div>
  )
}

function Addresses({ page }: { page: ContactPage }) {
  const { t } = useLingui()
  return (
    <section>
      <h3>
        <Trans>Identidades</Trans>
      </h3>
      <dl className="facts">
        {page.identities.map((one) => (
          <div className="fact-row" key={`${one.kind}${one.value}${one.contact_id}`}>
            <dt>{one.kind === 'phone' ? t`Telefone` : t`Id do WhatsApp`}</dt>
            <dd>{one.kind === 'phone' ? readablePhone(one.value) : one.value}</dd>
          </div>
        ))}
        {page.username && (
          <>
            <dt>
              <Trans>Usuário</Trans>
            </dt>
            <dd dir="auto">@{page.username}</dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Aliases({ page }: { page: ContactPage }) {
  const part = usePart(page.id)
  if (page.aliases.length === 0) return null
  return (
    <section>
      <h3>
        <Trans>Juntado com</Trans>
      </h3>
      <ul className="past">
        {page.aliases.map((alias) => (
          <li key={alias.id}>
            <b dir="auto">{alias.name}</b>
            <button
              type="button"
              className="btn btn-sm"
              disabled={part.isPending}
              onClick={() => part.mutate(alias)}
            >
              <Trans>Separar</Trans>
            </button>
            <small>{readablePhone(alias.phone)}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}

function FromTheBot({ page }: { page: ContactPage }) {
  return (
    <section>
      <h3>
        <Trans>Último transbordo</Trans>
      </h3>
      <dl className="facts">
        {page.hand_off_reason && (
          <>
            <dt>
              <Trans>Motivo</Trans>
            </dt>
            <dd dir="auto">{page.hand_off_reason}</dd>
          </>
        )}
        {Object.entries(page.bot_variables ?? {}).map(([key, value]) => (
          <div className="fact-row" key={key}>
            <dt dir="auto">{key}</dt>
            <dd dir="auto">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

interface ConflictsProps {
  page: ContactPage
  merge: (other: NonNullable<ContactPage['conflicts'][number]['contact']>) => void
}

/** Addresses that another contact holds: a person says whether they are one. */
function Conflicts({ page, merge }: ConflictsProps) {
  return page.conflicts.map(({ kind, value, contact }) => (
    <div className="callout is-warn" role="note" key={`${kind}${value}`}>
      <TriangleAlert className="i" aria-hidden="true" />
      <div>
        {contact ? (
          <>
            <Trans>
              Este contato escreveu com um endereço de <b>{contact.name}</b>. Podem ser a mesma pessoa.
            </Trans>{' '}
            <button type="button" className="link" onClick={() => merge(contact)}>
              <Trans>Juntar os dois</Trans>
            </button>
          </>
        ) : (
          <Trans>Este contato escreveu com um endereço de alguém que você não vê.</Trans>
        )}
      </div>
    </div>
  ))
}

interface ServedProps {
  contactId: string
  toTicket: PersonSheetProps['toTicket']
}

function Served({ contactId, toTicket }: ServedProps) {
  const { t } = useLingui()
  const now = useNow()
  const served = useServed(contactId)
  const tickets = served.data?.pages.flatMap((page) => page.items)
  const states: Record<ServedTicket['state'], string> = {
    bot: t`Com o bot`,
    queue: t`Na fila`,
    open: t`Aberto`,
    snoozed: t`Adiado`,
    closed: t`Encerrado`,
  }
  return (
    <section>
      <h2>
        <Trans>Atendimentos</Trans>
      </h2>
      {served.isPending && <LineBones />}
      {served.isError && !tickets && (
        <p className="failed is-left" role="alert">
          <Trans>Os atendimentos não vieram: {wordsFor(served.error)}.</Trans>
          <button type="button" className="again" onClick={() => void served.refetch()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      {tickets?.length === 0 && <p className="hint">{t`Nenhum que você possa ver.`}</p>}
      <ul className="served" aria-label={t`Atendimentos`}>
        {tickets?.map((one) => (
          <li key={`${one.conversation_id}/${one.number}`}>
            <Link {...toTicket(one)}>
              <span className={one.state === 'closed' ? 'chip' : 'chip chip-ok'}>{states[one.state]}</span>
              <b dir="auto">{one.close_reason ?? t`Protocolo ${one.protocol}`}</b>
              <small>
                {[
                  dayAndHour(one.closed_at ?? one.opened_at, now),
                  one.owner?.name,
                  one.team?.name,
                  one.tags.join(', '),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </Link>
          </li>
        ))}
      </ul>
      {served.hasNextPage && (
        <button type="button" className="btn btn-sm" onClick={() => void served.fetchNextPage()}>
          <Trans>Mostrar mais</Trans>
        </button>
      )}
    </section>
  )
}
