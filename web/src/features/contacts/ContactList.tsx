/** The list of contacts, with a search field. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import { problemText } from '../../lib/problem'
import { Avatar } from '../../ui/Avatar'
import { ListSkeleton } from '../../ui/Skeleton'
import { ContactSearch } from './ContactSearch'
import { ContactSummaryText } from './ContactSummaryText'
import { useContacts } from './requests/useContacts'

interface ContactListProps {
  q: string
  onSearch: (q: string) => void
  selected: string | undefined
  contactLink: (contactId: string) => { to: string; params: Record<string, string> }
}

export function ContactList({ q, onSearch, selected, contactLink }: ContactListProps) {
  const { t } = useLingui()
  const contacts = useContacts(q)
  const items = contacts.data?.pages.flatMap((page) => page.items)
  return (
    <section className="contacts" aria-label={t`Lista de contatos`}>
      <header>
        <h1>
          <Trans>Contatos</Trans>
        </h1>
        <ContactSearch q={q} onSearch={onSearch} />
      </header>
      <div className="contact-list" data-stale={contacts.isPlaceholderData}>
        {contacts.isPending && <ListSkeleton />}
        {contacts.isError && !items && (
          <div className="rail-note" role="alert">
            <p>
              <Trans>A lista não veio: {problemText(contacts.error)}.</Trans>
            </p>
            <button type="button" className="btn btn-sm" onClick={() => void contacts.refetch()}>
              <RotateCw className="i i-sm" aria-hidden="true" />
              <Trans>Tentar</Trans>
            </button>
          </div>
        )}
        {items?.length === 0 && (
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
          {items?.map((person) => (
            <li key={person.id}>
              <Link
                {...contactLink(person.id)}
                className="contact-row"
                aria-current={person.id === selected ? 'true' : undefined}
              >
                <Avatar id={person.id} initials={person.initials} size={36} />
                <ContactSummaryText contact={person} />
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
