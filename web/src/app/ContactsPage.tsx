/** The contacts: the list, and the page of one contact. */

import { Trans } from '@lingui/react/macro'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { ServedTicket } from '../api'
import { ContactList } from '../features/contacts/ContactList'
import { ContactSheet } from '../features/contacts/ContactSheet'
import { ContactCard } from '../features/conversation/contact/ContactCard'
import { useMe } from '../lib/useMe'
import { EmptyState } from '../ui/EmptyState'
import { paths, slugOf } from './paths'

const TemplatesDialog = lazy(() => import('../features/templates/TemplatesDialog'))

export default function ContactsPage() {
  const { contactId } = useParams({ strict: false })
  const { busca = '' } = useSearch({ strict: false })
  const navigate = useNavigate()
  const me = useMe()
  const [recipient, setRecipient] = useState<{ id: string; name: string } | null>(null)
  const search = (now: Record<string, unknown>) => ({ ...now, busca: busca || undefined })
  const setQuery = (q: string) =>
    void navigate({ to: '.', search: (now) => ({ ...now, busca: q || undefined }), replace: true })
  const ticketLink = ({ state, conversation_id }: ServedTicket) => ({
    to: paths.ticket,
    params: { view: slugOf(state === 'closed' ? 'closed' : 'all'), conversationId: conversation_id },
  })
  return (
    <main className="sheet is-contacts">
      <ContactList
        q={busca}
        onSearch={setQuery}
        selected={contactId}
        contactLink={(id) => ({ to: paths.contact, params: { contactId: id }, search })}
      />
      {contactId ? (
        <ContactSheet
          key={contactId}
          contactId={contactId}
          back={{ to: paths.contacts }}
          card={<ContactCard contactId={contactId} />}
          ticketLink={ticketLink}
          onOpenTemplates={setRecipient}
        />
      ) : (
        <div className="contact-sheet">
          <EmptyState title={<Trans>Quem fala com a empresa</Trans>}>
            <Trans>Escolha alguém ao lado: dados, atendimentos e histórico ficam em uma página só.</Trans>
          </EmptyState>
        </div>
      )}
      <Suspense>
        {recipient && (
          <TemplatesDialog
            recipient={{ contactId: recipient.id, name: recipient.name, conversationId: null }}
            channelId={null}
            protocol={null}
            me={me}
            onClose={() => setRecipient(null)}
            onSent={(conversationId) => {
              setRecipient(null)
              const params = { view: slugOf('mine'), conversationId }
              void navigate({ to: paths.ticket, params })
            }}
          />
        )}
      </Suspense>
    </main>
  )
}
