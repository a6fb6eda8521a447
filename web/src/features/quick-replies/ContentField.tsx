/** The text of a quick reply: `$` lists the variables, and what must not stay is marked. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type Ref, useMemo } from 'react'
import { countCharacters } from '../../lib/countCharacters'
import { parse } from '../../lib/variables'
import { CompletionField, type CompletionFieldHandle, type Mark } from '../../ui/completion/CompletionField'
import type { PlacedFinding, PlacedName } from './findings'
import { MAX_TEXT_LENGTH } from './requests/useCheck'
import { variableSource } from './variableSource'

interface ContentFieldProps {
  ref?: Ref<CompletionFieldHandle>
  id: string
  value: string
  onChange: (text: string) => void
  findings?: readonly PlacedFinding[]
  unknown?: readonly PlacedName[]
  /** The element that says what is wrong. */
  describedBy?: string
}

const NONE: readonly never[] = []

export function ContentField({
  ref,
  id,
  value,
  onChange,
  findings = NONE,
  unknown = NONE,
  describedBy,
}: ContentFieldProps) {
  const { t } = useLingui()
  const sources = useMemo(() => [variableSource()], [])
  const over = countCharacters(value) - MAX_TEXT_LENGTH
  const marks = useMemo(() => marksOf(value, findings, unknown), [value, findings, unknown])
  return (
    <div className="field reply-field">
      <label htmlFor={id}>
        <Trans>Conteúdo</Trans>
        <span className="hint">
          {over > 0 ? (
            <span className="field-error">{t`${over} caracteres a mais`}</span>
          ) : (
            <Trans>
              <kbd>$</kbd> variáveis
            </Trans>
          )}
        </span>
      </label>
      <CompletionField
        ref={ref}
        id={id}
        className="input reply-content"
        rows={5}
        value={value}
        onChange={onChange}
        sources={sources}
        marks={marks}
        isInvalid={over > 0 || unknown.length > 0 || findings.some(({ blocks }) => blocks)}
        {...(describedBy ? { describedBy } : {})}
      />
    </div>
  )
}

function marksOf(
  text: string,
  findings: readonly PlacedFinding[],
  unknown: readonly PlacedName[],
): readonly Mark[] {
  const unknownAt = new Set(unknown.map(({ start }) => start))
  const variables = parse(text).flatMap((part) =>
    typeof part === 'string'
      ? []
      : [
          {
            start: part.start,
            end: part.end,
            className: unknownAt.has(part.start) ? 'is-finding' : 'is-variable',
          },
        ],
  )
  return [
    ...variables,
    ...findings.map(({ start, end, blocks }) => ({
      start,
      end,
      className: blocks ? 'is-finding' : 'is-offered',
    })),
  ]
}
