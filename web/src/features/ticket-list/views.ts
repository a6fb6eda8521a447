/** The views of the workspace, as the main menu calls them. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { AlarmClock, Bot, CircleCheck, Hourglass, type LucideIcon, Timer, User, Users } from 'lucide-react'
import type { View } from '../../lib/contract'

export interface ViewInfo {
  view: View
  name: MessageDescriptor
  /** The accessible name of the list. */
  listName: MessageDescriptor
  Icon: LucideIcon
}

export const views: readonly ViewInfo[] = [
  { view: 'mine', name: msg`Meus`, listName: msg`Meus atendimentos`, Icon: User },
  { view: 'queue', name: msg`Fila`, listName: msg`Atendimentos na fila`, Icon: Hourglass },
  { view: 'snoozed', name: msg`Adiados`, listName: msg`Atendimentos adiados`, Icon: AlarmClock },
  {
    view: 'closing',
    name: msg`Janela fechando`,
    listName: msg`Atendimentos com a janela fechando`,
    Icon: Timer,
  },
  { view: 'bot', name: msg`Com o bot`, listName: msg`Atendimentos com o bot`, Icon: Bot },
  { view: 'all', name: msg`Todos`, listName: msg`Todos os atendimentos`, Icon: Users },
  { view: 'closed', name: msg`Encerrados`, listName: msg`Atendimentos encerrados`, Icon: CircleCheck },
]

export const viewInfo = (view: View): ViewInfo =>
  views.find((info) => info.view === view) ?? (views[0] as ViewInfo)
