/** A greeting that is right at one time of the day only. */

import { Trans } from '@lingui/react/macro'
import { Clock } from 'lucide-react'
import { useVariables } from './requests/useVariables'

const GREETING = /(?<![\p{L}\p{N}])(bom dia|boa tarde|boa noite)(?![\p{L}\p{N}])/iu

interface GreetingHintProps {
  text: string
  isPending: boolean
  onReplace: () => void
}

/** Only where there is a variable for it. */
export function GreetingHint({ text, isPending, onReplace }: GreetingHintProps) {
  const variables = useVariables()
  const [greeting] = GREETING.exec(text) ?? []
  if (!greeting || !variables.data?.some(({ name }) => name === 'saudacao')) return null
  return (
    <div className="callout is-warn">
      <Clock className="i" aria-hidden="true" />
      <div>
        <Trans>
          “{greeting}” só serve em uma parte do dia. <span className="var">$saudacao</span> muda com a hora.
        </Trans>{' '}
        <button type="button" disabled={isPending} onClick={onReplace}>
          <Trans>Trocar e aprovar</Trans>
        </button>
      </div>
    </div>
  )
}

export const withGreeting = (text: string): string => text.replace(GREETING, () => '$saudacao')
