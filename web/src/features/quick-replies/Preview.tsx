/** A quick reply as a customer would see it, with example values. */

import { Trans } from '@lingui/react/macro'
import { parse } from '../../lib/variables'
import { exampleValues } from './exampleValues'
import { useVariables } from './requests/useVariables'

export function Preview({ text, author }: { text: string; author: string }) {
  const variables = useVariables()
  const values = exampleValues(variables.data ?? [], author)
  return (
    <div className="preview">
      <p className="hint">
        <Trans>Prévia com dados de exemplo</Trans>
      </p>
      <div className="group is-out is-last">
        <div className="bubble">
          <span className="words" dir="auto">
            {parse(text).map((part) =>
              typeof part === 'string' ? (
                part
              ) : (
                <span className="fill" key={part.start}>
                  {values.get(part.name) ?? `$${part.name}`}
                </span>
              ),
            )}
          </span>
        </div>
      </div>
    </div>
  )
}
