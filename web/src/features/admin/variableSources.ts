/** What variables are taken from, as the interface calls it. */

import type { MessageDescriptor } from '@lingui/core'
import { msg, t } from '@lingui/core/macro'
import type { Variable, VariableSource } from '../../api'

export type Kind = Variable['kind']

/** Prefixes of fields that are named by their key. */
export const KEYED = ['attribute:', 'bot:'] as const

export interface Field {
  kind: Kind
  /** The field, or the prefix of one; a fixed text has none. */
  field: string
  label: MessageDescriptor
}

export const groups: readonly { kind: Kind; label: MessageDescriptor; fields: readonly Field[] }[] = [
  {
    kind: 'contact',
    label: msg`Contato`,
    fields: [
      { kind: 'contact', field: 'first_name', label: msg`Primeiro nome` },
      { kind: 'contact', field: 'name', label: msg`Nome completo` },
      { kind: 'contact', field: 'phone', label: msg`Telefone` },
      { kind: 'contact', field: 'email', label: msg`E-mail` },
      { kind: 'contact', field: 'attribute:', label: msg`Campo da ficha` },
      { kind: 'contact', field: 'bot:', label: msg`Dado do transbordo` },
    ],
  },
  {
    kind: 'agent',
    label: msg`Analista`,
    fields: [
      { kind: 'agent', field: 'first_name', label: msg`Primeiro nome` },
      { kind: 'agent', field: 'name', label: msg`Nome completo` },
    ],
  },
  {
    kind: 'ticket',
    label: msg`Atendimento`,
    fields: [
      { kind: 'ticket', field: 'protocol', label: msg`Protocolo` },
      { kind: 'ticket', field: 'team', label: msg`Equipe` },
      { kind: 'ticket', field: 'channel', label: msg`Canal` },
      { kind: 'ticket', field: 'greeting', label: msg`Saudação pela hora` },
    ],
  },
  { kind: 'fixed', label: msg`Texto fixo`, fields: [{ kind: 'fixed', field: '', label: msg`Texto fixo` }] },
]

/** The field that a variable is taken from, and its key where it has one. */
export function fieldOf({ kind, field }: VariableSource): { field: Field; key: string } {
  const prefix = KEYED.find((one) => field?.startsWith(one))
  const wanted = prefix ?? field ?? ''
  const fields = groups.flatMap((group) => group.fields)
  const found = fields.find((one) => one.kind === kind && one.field === wanted)
  return {
    field: found ?? { kind, field: wanted, label: msg`Outro` },
    key: prefix ? (field ?? '').slice(prefix.length) : '',
  }
}

/** In one line: "Contato: primeiro nome". */
export function sourceText(variable: VariableSource, labelOf: (label: MessageDescriptor) => string): string {
  if (variable.kind === 'fixed') return t`Texto fixo: ${variable.value ?? ''}`
  const { field, key } = fieldOf(variable)
  if (key) return `${labelOf(field.label)}: ${key}`
  const group = groups.find(({ kind }) => kind === variable.kind)
  return `${group ? labelOf(group.label) : ''}: ${labelOf(field.label).toLocaleLowerCase()}`
}
