/** Why the bot handed a ticket off. */

import { t } from '@lingui/core/macro'

/** The reason in words; one that the bot wrote itself is shown unchanged. */
export function handOffReason(reason: string): string {
  switch (reason) {
    case 'no_bot':
      return t`o canal não tem bot`
    case 'bot_silent':
      return t`o bot não respondeu`
    case 'bot_loop':
      return t`o bot se repetia`
    case 'flow_ended':
      return t`o fluxo do bot terminou`
    case 'hours_passed':
      return t`o prazo do bot terminou`
    case 'agent_wrote':
      return t`alguém da equipe escreveu`
    default:
      return reason
  }
}
