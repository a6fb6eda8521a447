/** The simulator's HTTP API. It is not part of the product's contract, so its types are written by hand. */

import type { SentTemplate } from '../../../api'
import { Problem } from '../../../lib/problem'

export interface Phone {
  wa_id: string
  name: string
  phone_number_id: string
  business_name: string
}

export interface PhoneMessage {
  id: string
  n: number
  /** As seen from the phone: `out` is what the customer wrote. */
  direction: 'out' | 'in'
  text: string
  type: string
  at: string
  status: string
  /** Its parts, of a template. */
  template: Pick<SentTemplate, 'header' | 'footer' | 'buttons'> | null
}

export const PHONES_URL = '/simulator/v1/phones'
export const phoneUrl = (waId: string, rest: string) => `${PHONES_URL}/${encodeURIComponent(waId)}/${rest}`

export async function request<Answer>(url: string, body?: unknown): Promise<Answer> {
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(url, body === undefined ? {} : post).catch(() => {
    throw new Problem(0, 'unreachable')
  })
  if (!answer.ok) throw new Problem(answer.status, `http_${answer.status}`)
  return (await answer.json()) as Answer
}
