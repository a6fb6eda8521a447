/** Contacts that share an address with this one. */

import { Trans } from '@lingui/react/macro'
import { TriangleAlert } from 'lucide-react'
import type { ContactPage } from '../../api'

interface MergeSuggestionsProps {
  page: ContactPage
  onMerge: (other: NonNullable<ContactPage['conflicts'][number]['contact']>) => void
}

/** An agent decides whether the two are the same person. */
export function MergeSuggestions({ page, onMerge }: MergeSuggestionsProps) {
  return page.conflicts.map(({ kind, value, contact }) => (
    <div className="callout is-warn" role="note" key={`${kind}${value}`}>
      <TriangleAlert className="i" aria-hidden="true" />
      <div>
        {contact ? (
          <>
            <Trans>
              Este contato escreveu com um endereço de <b>{contact.name}</b>. Podem ser a mesma pessoa.
            </Trans>{' '}
            <button type="button" className="link" onClick={() => onMerge(contact)}>
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
