/** Contacts merged into this one, each with a button that separates it again. */

import { Trans } from '@lingui/react/macro'
import type { ContactPage } from '../../api'
import { formatPhone } from '../../lib/formatPhone'
import { useUnmerge } from './requests/useUnmerge'

export function Aliases({ page }: { page: ContactPage }) {
  const unmerge = useUnmerge(page.id)
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
              disabled={unmerge.isPending}
              onClick={() => unmerge.mutate(alias)}
            >
              <Trans>Separar</Trans>
            </button>
            <small>{formatPhone(alias.phone)}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}
