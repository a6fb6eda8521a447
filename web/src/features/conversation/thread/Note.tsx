/** A note among colleagues, inside the thread: never to be taken for something sent. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import type { Message } from '../../../lib/contract'
import { hourOf } from '../../../lib/time'
import { pieces } from '../mentions'

export function Note({ message }: { message: Message }) {
  const called = message.mentions.map(({ name }) => name)
  const author = message.author.name ?? t`Equipe`
  const hour = hourOf(message.sent_at)
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
          {pieces(message.text ?? '', called).map((piece) =>
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
