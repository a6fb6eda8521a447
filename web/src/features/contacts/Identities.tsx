/** The phone numbers and ids under which the contact writes. */

import { Trans, useLingui } from '@lingui/react/macro'
import type { ContactPage } from '../../api'
import { formatPhone } from '../../lib/formatPhone'

export function Identities({ page }: { page: ContactPage }) {
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
            <dd>
              {one.kind === 'phone' ? formatPhone(one.value) : one.value}
              {!one.present && (
                <small className="hint">
                  <Trans>não é o atual</Trans>
                </small>
              )}
            </dd>
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
