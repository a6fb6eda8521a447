/** What a contact is called. */

import { t } from '@lingui/core/macro'
import { formatPhone } from './formatPhone'

/** A contact without a name is shown by their phone number; the server then sends the number as the name. */
export function contactName(contact: { name: string; phone: string | null; erased?: boolean }): string {
  const { name, phone } = contact
  if (contact.erased) return t`Cliente apagado`
  return (name !== phone && name) || formatPhone(phone) || name || t`Contato sem nome`
}
