/** A contact's name, and below it the ways to reach them. */

import { useLingui } from '@lingui/react/macro'
import type { ContactSummary } from '../../api'
import { formatPhone } from '../../lib/formatPhone'

export function ContactSummaryText({ contact }: { contact: ContactSummary }) {
  const { t } = useLingui()
  const phone = formatPhone(contact.phone)
  const name = contact.name === contact.phone ? (phone ?? contact.name) : contact.name
  const details = [phone !== name && phone, contact.email, contact.username && `@${contact.username}`]
  return (
    <span className="contact-summary">
      <b dir="auto">{name || t`Contato sem nome`}</b>
      <small>{details.filter(Boolean).join(' · ')}</small>
    </span>
  )
}
