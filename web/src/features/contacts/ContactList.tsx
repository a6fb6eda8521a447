/** The people, and a field that finds one of them. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { RotateCw, Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { ContactSummary } from '../../api'
import { readablePhone } from '../../lib/formatPhone'
import { wordsFor } from '../../lib/problem'
import { Square } from '../../ui/Avatar'
import { ListBones } from '../../ui/Skeleton'
import { useContacts } from './requests/useContacts'

const PAUSE_MS = 200

interface ContactListProps {
  q: string
  find: (q: string) => void
  selected: string | undefined
  linkTo: (contactId: string) => { to: string; params: Record<string, string> }
}

export function ContactList({ q, find, selected, linkTo }: ContactListProps) {
  const { t } = useLingui()
  const contacts = useContacts(q)
  const people = contacts.data?.pages.flatMap((page) => page.items)
  return (
    <section className="contacts" aria-label={t`Lista de contatos`}>
      <header>
        <h1>
          <Trans>Contatos</Trans>
        </h1>
        <Finder q={q} find={find} />
      </header>
      <div className="people-list" data-stale={contacts.isPlaceholderData}>
        {contacts.isPending && <ListBones />}
        {contacts.isError && !people && (
          <div className="rail-note" role="alert">
            <p>
              <Trans>A lista não veio: {wordsFor(contacts.error)}.</Trans>
            </p>
            <button type="button" className="btn btn-sm" onClick={() => void contacts.refetch()}>
              <RotateCw className="i i-sm" aria-hidden="true" />
              <Trans>Tentar</Trans>
            </button>
          </div>
        )}
        {people?.length === 0 && (
          <p className="rail-note">
            {q ? (
              <Trans>
                Ninguém com “{q}”. A busca olha o começo do nome e do e-mail, e o começo ou o fim do telefone.
              </Trans>
            ) : (
              <Trans>Quem escrever para a empresa aparece aqui.</Trans>
            )}
          </p>
        )}
        <ul aria-label={t`Contatos`}>
          {people?.map((person) => (
            <li key={person.id}>
              <Link
                {...linkTo(person.id)}
                className="person"
                aria-current={person.id === selected ? 'true' : undefined}
              >
                <Square id={person.id} initials={person.initials} size={36} />
                <PersonWords person={person} />
              </Link>
            </li>
          ))}
        </ul>
        {contacts.hasNextPage && (
          <button
            type="button"
            className="btn btn-sm more"
            disabled={contacts.isFetchingNextPage}
            onClick={() => void contacts.fetchNextPage()}
          >
            <Trans>Mostrar mais</Trans>
          </button>
        )}
      </div>
    </section>
  )
}

/** Name, and under it how they are reached. */
export function PersonWords({ person }: { person: ContactSummary }) {
  const { t } = useLingui()
  const phone = readablePhone(person.phone)
  const name = person.name === person.phone ? (phone ?? person.name) : person.name
  const reached = [phone !== name && phone, person.email, person.username && `@${person.username}`]
  return (
    <span className="person-words">
      <b dir="auto">{name || t`Contato sem nome`}</b>
      <small>{reached.filter(Boolean).join(' · ')}</small>
    </span>
  )
}

export function Finder({ q, find }: { q: string; find: (q: string) => void }) {
  const { t } = useLingui()
  const [text, setText] = useState(q)
  const told = useRef(find)
  told.current = find
  useEffect(() => {
    const wanted = text.trim()
    if (wanted === q) return
    const timer = setTimeout(() => told.current(wanted), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, q])
  return (
    <label className="input finder">
      <Search className="i i-md" aria-hidden="true" />
      <input
        type="search"
        aria-label={t`Buscar contatos`}
        placeholder={t`Nome, telefone ou e-mail`}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  )
}
