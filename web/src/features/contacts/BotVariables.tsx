/** What the bot had learned at the last hand-off, and its reason. */

import { Trans } from '@lingui/react/macro'
import type { ContactPage } from '../../api'

export function BotVariables({ page }: { page: ContactPage }) {
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
