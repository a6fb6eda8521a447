/** Values for the parameters of a template that can be known: of the contact, the agent, the ticket. */

import type { Template, TemplateParameter } from '../../api'
import { foldText } from '../../lib/foldText'

/** Where a value comes from; a parameter that is not recognised has none. */
export type Source = 'contact' | 'agent' | 'ticket'

export interface Known {
  value: string
  source: Source
}

/** A variable with its value in this conversation. */
export interface Offered {
  name: string
  kind: 'fixed' | Source
  value: string
}

export interface Facts {
  /** First names. */
  contact: string
  agent: string
  /** The reference of the ticket; null without one. */
  ticket: string | null
  variables: readonly Offered[]
}

/** Names that companies give to such a parameter, folded. */
const NAMES: ReadonlyMap<string, Source> = new Map(
  (
    [
      [
        'contact',
        'nome primeiro_nome cliente nome_cliente nome_do_cliente name first_name customer customer_name',
      ],
      ['agent', 'analista atendente agente agent agent_name'],
      ['ticket', 'protocolo atendimento chamado ticket'],
    ] as const
  ).flatMap(([source, names]) => names.split(' ').map((name) => [name, source] as const)),
)

/** What stands before a numbered parameter, folded. */
const BEFORE: readonly (readonly [RegExp, Source])[] = [
  [/(^|[^a-z])(oi|ola|bom dia|boa tarde|boa noite|prezad[oa]|car[oa]|hello|hi|dear)[\s,!]*$/, 'contact'],
  [/(^|[^a-z])(aqui e|eu sou|sou|meu nome e|quem fala e|this is|i am)( [oa])?\s*$/, 'agent'],
  [/(^|[^a-z])(protocolo|atendimento|chamado)( n[.º°o]*)?[\s:#]*$/, 'ticket'],
]

function sourceOf(template: Template, { part, name, key }: TemplateParameter): Source | null {
  if (part === 'button') return null
  if (name) return NAMES.get(foldText(name)) ?? null
  const text = part === 'body' ? template.body : (template.header?.text ?? '')
  const [before = ''] = text.split(`{{${key.slice(part.length + 1)}}}`)
  const said = foldText(before)
  return BEFORE.find(([pattern]) => pattern.test(said))?.[1] ?? null
}

/** The value that a parameter probably wants; the agent sees it before it is sent. */
export function known(template: Template, parameter: TemplateParameter, facts: Facts): Known | null {
  if (parameter.kind !== 'text') return null
  const variable = facts.variables.find((one) => one.name === parameter.name && one.kind !== 'fixed')
  if (variable) return { value: variable.value, source: variable.kind as Source }
  const source = sourceOf(template, parameter)
  const value = source && facts[source]
  return source && value ? { value, source } : null
}
