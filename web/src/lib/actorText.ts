/** Who caused an event, and where it came from, in words. */

import { t } from '@lingui/core/macro'
import type { FromWhere, Who } from '../api'

export function actorText({ kind, name }: Who): string {
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
      return name === 'app' ? t`O aplicativo do WhatsApp` : t`O sistema`
  }
}

export function originText({ kind, topic, partition, offset }: FromWhere): string {
  switch (kind) {
    case 'http':
      return t`pelo balcão`
    case 'topic':
      return t`pelo tópico ${topic ?? ''}, registro ${partition ?? 0}/${offset ?? 0}`
    case 'process':
      return t`por um processo do Balcão`
  }
}
