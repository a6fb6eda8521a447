/** A contact's name, and below it the ways to reach them. */

import type { ContactSummary } from '../../api'
import { contactName } from '../../lib/contactName'
import { formatPhone } from '../../lib/formatPhone'

export function ContactSummaryText({ contact }: { contact: ContactSummary }) {
  const phone = formatPhone(contact.phone)
  const name = contactName(contact)
  const details = [phone !== name && phone, contact.email, contact.username && `@${contact.username}`]
  return (
    <span className="contact-summary">
      <b dir="auto">{name}</b>
      <small>{details.filter(Boolean).join(' · ')}</small>
    </span>
  )
}
