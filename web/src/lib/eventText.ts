/** Facts of a history in words: whose doing they were, and from where they came. */

import { t } from '@lingui/core/macro'
import type { FromWhere, Who } from '../api'

export function whoWords({ kind, name }: Who): string {
  switch (kind) {
    case 'agent':
      return name ?? t`Alguém da equipe`
    case 'contact':
      return name ?? t`O cliente`
    case 'bot':
      return t`O bot`
    case 'service':
      return name ? t`Integração ${name}` : t`Uma integração`
    case 'system':
      return t`O sistema`
  }
}

export function whereWords({ kind, topic, partition, offset }: FromWhere): string {
  switch (kind) {
    case 'http':
      return t`pelo balcão`
    case 'topic':
      return t`pelo tópico ${topic ?? ''}, registro ${partition ?? 0}/${offset ?? 0}`
    case 'process':
      return t`por um processo do Balcão`
  }
}
