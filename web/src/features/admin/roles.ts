/** The roles of agents, as the interface calls them. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import type { Agent } from '../../api'

export const roles: Record<Agent['role'], MessageDescriptor> = {
  agent: msg`Analista`,
  supervisor: msg`Supervisão`,
  admin: msg`Administração`,
}
