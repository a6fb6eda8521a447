/** Which variables the message still names, and what to do about them before it can be sent. */

import { Trans } from '@lingui/react/macro'
import { TriangleAlert } from 'lucide-react'
import type { OpenVariable, Values } from './inserted'

interface OpenVariablesProps {
  open: readonly OpenVariable[]
  values: Values
  onSelect: (variable: OpenVariable) => void
  onReplace: (variable: OpenVariable, value: string) => void
}

export function OpenVariables({ open, values, onSelect, onReplace }: OpenVariablesProps) {
  const names = [...new Map(open.map((one) => [one.name, one])).values()]
  return (
    <div className="compose-open callout is-warn" id="compose-open" role="alert">
      <TriangleAlert className="i" aria-hidden="true" />
      <ul>
        {names.map((one) => {
          const value = values.get(one.name)
          return (
            <li key={one.name}>
              <button type="button" className="var" onClick={() => onSelect(one)}>
                ${one.name}
              </button>{' '}
              {value ? (
                <>
                  <Trans>ainda é só o nome.</Trans>{' '}
                  <button type="button" className="link" onClick={() => onReplace(one, value)}>
                    <Trans>Trocar por “{value}”</Trans>
                  </button>
                </>
              ) : (
                <Trans>não tem valor nesta conversa: escreva outra coisa no lugar para enviar.</Trans>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
