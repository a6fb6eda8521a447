/** An internal note in the thread, drawn so that nobody takes it for a sent message. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import type { Message } from '../../../lib/contract'
import { formatTime } from '../../../lib/time'
import { splitMentions } from '../mentions'

export function Note({ message }: { message: Message }) {
  const called = message.mentions.map(({ name }) => name)
  const author = message.author.name ?? t`Equipe`
  const hour = formatTime(message.sent_at)
  return (
    <article className="note" aria-label={t`Nota interna de ${author}, ${hour}`}>
      <Lock className="i i-md" aria-hidden="true" />
      <div>
        <div className="by">
          <b dir="auto">{author}</b>
          <span>
            <Trans>
              nota interna<span className="wide">, só a equipe vê</span>
            </Trans>
          </span>
          <time dateTime={message.sent_at}>{hour}</time>
        </div>
        <p className="words" dir="auto">
          {message.erased && <Trans>Dados apagados</Trans>}
          {splitMentions(message.text ?? '', called).map((piece) =>
            piece.call ? (
              <b className="at" key={piece.at}>
                {piece.text}
              </b>
            ) : (
              piece.text
            ),
          )}
        </p>
      </div>
    </article>
  )
}
