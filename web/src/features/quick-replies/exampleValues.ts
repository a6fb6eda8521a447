/** Values as a conversation could have them, for previews. */

import { t } from '@lingui/core/macro'
import type { Variable } from '../../api'

/** By name; `author` is who would write it. */
export function exampleValues(variables: readonly Variable[], author: string): Map<string, string> {
  return new Map(variables.map((variable) => [variable.name, exampleOf(variable, author)]))
}

function exampleOf({ name, kind, field, value }: Variable, author: string): string {
  switch (`${kind}.${field ?? ''}`) {
    case 'fixed.':
      return value ?? ''
    case 'contact.first_name':
      return 'Marina'
    case 'contact.name':
      return 'Marina Prado'
    case 'contact.phone':
      return '+55 20 99876-0142'
    case 'contact.email':
      return 'marina@exemplo.com'
    case 'agent.first_name':
      return author.split(' ')[0] ?? author
    case 'agent.name':
      return author
    case 'ticket.protocol':
      return '20260303-7K4Q-2MXP'
    case 'ticket.team':
      return t`Atendimento`
    case 'ticket.channel':
      return 'WhatsApp'
    case 'ticket.greeting':
      return t`Bom dia`
    default:
      return (field ?? '').split(':').at(-1) || name
  }
}
