/** The views of the workspace, in the words of the left menu. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { AlarmClock, Bot, CircleCheck, Hourglass, type LucideIcon, Timer, User, Users } from 'lucide-react'
import type { View } from '../../lib/contract'

export interface ViewWords {
  view: View
  name: MessageDescriptor
  /** What the list is, for those who cannot see where it stands. */
  list: MessageDescriptor
  Icon: LucideIcon
}

export const views: readonly ViewWords[] = [
  { view: 'mine', name: msg`Meus`, list: msg`Meus atendimentos`, Icon: User },
  { view: 'queue', name: msg`Fila`, list: msg`Atendimentos na fila`, Icon: Hourglass },
  { view: 'snoozed', name: msg`Adiados`, list: msg`Atendimentos adiados`, Icon: AlarmClock },
  { view: 'closing', name: msg`Janela fechando`, list: msg`Atendimentos com a janela fechando`, Icon: Timer },
  { view: 'bot', name: msg`Com o bot`, list: msg`Atendimentos com o bot`, Icon: Bot },
  { view: 'all', name: msg`Todos`, list: msg`Todos os atendimentos`, Icon: Users },
  { view: 'closed', name: msg`Encerrados`, list: msg`Atendimentos encerrados`, Icon: CircleCheck },
]

export const wordsOf = (view: View): ViewWords =>
  views.find((words) => words.view === view) ?? (views[0] as ViewWords)
