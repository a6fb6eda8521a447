/** The fields for the parameters of a template. */

import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import type { Template, TemplateParameter } from '../../api'
import { countCharacters } from '../../lib/countCharacters'
import { exampleOf, urlBefore, type Values, type Wrong } from './filling'
import type { Known, Offered } from './prefill'
import { parameterLabel, sourceText, wrongText } from './templateText'
import { VariableMenu } from './VariableMenu'

interface TemplateFieldsProps {
  template: Template
  values: Values
  known: ReadonlyMap<string, Known>
  variables: readonly Offered[]
  /** Shown for each field; those of missing values only once sending was tried. */
  wrong: Readonly<Record<string, Wrong>>
  onChange: (key: string, value: string) => void
}

export function TemplateFields({ template, values, known, variables, wrong, onChange }: TemplateFieldsProps) {
  const { parameters } = template
  const wanted = parameters.filter(({ required }) => required).length
  return (
    <div className="template-fields">
      {wanted > 0 && (
        <p className="hint">
          <Plural value={wanted} one="Preencha o campo." other="Preencha os # campos." />{' '}
          {known.size > 0 && <Trans>O que já se sabe já veio.</Trans>}
        </p>
      )}
      {parameters.map((parameter) => (
        <Field
          key={parameter.key}
          parameter={parameter}
          label={parameterLabel(
            parameter,
            known.get(parameter.key) ?? null,
            template.buttons[parameter.index]?.text,
          )}
          url={template.buttons[parameter.index]?.url ?? null}
          value={values[parameter.key] ?? ''}
          known={known.get(parameter.key) ?? null}
          variables={variables}
          wrong={wrong[parameter.key]}
          onChange={(value) => onChange(parameter.key, value)}
        />
      ))}
    </div>
  )
}

interface FieldProps {
  parameter: TemplateParameter
  label: string
  /** Of its button. */
  url: string | null
  value: string
  known: Known | null
  variables: readonly Offered[]
  wrong: Wrong | undefined
  onChange: (value: string) => void
}

function Field({ parameter, label, url, value, known, variables, wrong, onChange }: FieldProps) {
  const { key, kind, part, name, required, max_length } = parameter
  const example = exampleOf(parameter, url)
  const before = kind === 'suffix' && url ? urlBefore(url) : null
  const id = `template-${key}`
  const placeholder = part === 'button' || kind !== 'text' ? null : name || key.slice(part.length + 1)
  const length = countCharacters(value.trim())
  const isText = kind === 'text' && required
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        <span className="hint">
          {required ? placeholder ? `{{${placeholder}}}` : before : <Trans>opcional</Trans>}
        </span>
      </label>
      <div className="template-input">
        <input
          id={id}
          className="input"
          type={kind === 'link' ? 'url' : 'text'}
          inputMode={kind === 'number' ? 'decimal' : undefined}
          autoComplete="off"
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-hint`}
          placeholder={example ? t`Exemplo: ${example}` : undefined}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
        {isText && <VariableMenu label={label} variables={variables} onPick={onChange} />}
      </div>
      <span className="template-hint" id={`${id}-hint`}>
        {wrong && (
          <span className="field-error">
            {wrong === 'too_long' && length > max_length ? (
              <Trans>{length - max_length} caracteres a mais</Trans>
            ) : (
              wrongText(wrong)
            )}
          </span>
        )}
        <span className="hint">
          {known && value === known.value ? (
            sourceText(known)
          ) : (
            <Trans>
              {length} de {max_length} caracteres
            </Trans>
          )}
        </span>
      </span>
    </div>
  )
}
