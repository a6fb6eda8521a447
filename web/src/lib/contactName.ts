/** What a contact is called. */

import { t } from '@lingui/core/macro'
import { formatPhone } from './formatPhone'

/** A contact without a name is shown by their phone number; the server then sends the number as the name. */
export function contactName({ name, phone }: { name: string; phone: string | null }): string {
  return (name !== phone && name) || formatPhone(phone) || name || t`Contato sem nome`
}
