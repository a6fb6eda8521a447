/** Configures a channel. */

import { t } from '@lingui/core/macro'
import { type ConfigureChannel, configureChannel } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useConfigureChannel = () =>
  useAdminMutation(
    ({ id, body }: { id: string; name: string; body: ConfigureChannel }) =>
      unwrap(configureChannel({ path: { channel_id: id }, body })),
    ({ name }) => t`${name}: salvo. Vale a partir da próxima mensagem.`,
  )
