/** Contacts: the list, and the page of one. */

import { Trans } from '@lingui/react/macro'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ServedTicket } from '../api'
import { ContactList } from '../features/contacts/ContactList'
import { PersonSheet } from '../features/contacts/ContactSheet'
import { ContactCard } from '../features/conversation/contact/ContactCard'
import { Quiet } from '../ui/EmptyState'
import { ConnectionBanner } from './ConnectionBanner'
import { paths, slugOf } from './paths'

export default function ContactsPage() {
  const { contactId } = useParams({ strict: false })
  const { busca = '' } = useSearch({ strict: false })
  const navigate = useNavigate()
  const search = (now: Record<string, unknown>) => ({ ...now, busca: busca || undefined })
  const find = (q: string) =>
    void navigate({ to: '.', search: (now) => ({ ...now, busca: q || undefined }), replace: true })
  const toTicket = ({ state, conversation_id }: ServedTicket) => ({
    to: paths.ticket,
    params: { view: slugOf(state === 'closed' ? 'closed' : 'all'), conversationId: conversation_id },
  })
  return (
    <main className="sheet is-people">
      <ContactList
        q={busca}
        find={find}
        selected={contactId}
        linkTo={(id) => ({ to: paths.contact, params: { contactId: id }, search })}
      />
      {contactId ? (
        <PersonSheet
          key={contactId}
          contactId={contactId}
          back={{ to: paths.contacts }}
          card={<ContactCard contactId={contactId} />}
          toTicket={toTicket}
        />
      ) : (
        <div className="person-sheet">
          <ConnectionBanner />
          <Quiet title={<Trans>Quem fala com a empresa</Trans>}>
            <Trans>Escolha alguém ao lado: dados, atendimentos e histórico ficam em uma página só.</Trans>
          </Quiet>
        </div>
      )}
    </main>
  )
}
