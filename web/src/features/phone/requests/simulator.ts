/** The simulator's phones. They are no part of the product's contract, so these few requests are written by hand. */

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
  /** `out`: the customer wrote it. */
  direction: 'out' | 'in'
  text: string
  type: string
  at: string
  status: string
}

const ROOT = '/simulator/v1/phones'
const at = (waId: string, rest: string) => `${ROOT}/${encodeURIComponent(waId)}/${rest}`

async function ask<Answer>(url: string, body?: unknown): Promise<Answer> {
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(url, body === undefined ? {} : post).catch(() => {
    throw new Problem(0, 'unreachable')
  })
  if (!answer.ok) throw new Problem(answer.status, `http_${answer.status}`)
  return (await answer.json()) as Answer
}

export const listPhones = async () => (await ask<{ items: Phone[] }>(ROOT)).items
export const addPhone = (name: string) => ask<Phone>(ROOT, { name })
export const phoneMessages = async (waId: string) =>
  (await ask<{ items: PhoneMessage[] }>(at(waId, 'messages?after=0'))).items
export const writeFrom = (waId: string, text: string) => ask<{ id: string }>(at(waId, 'messages'), { text })
export const readOn = (waId: string) => ask<unknown>(at(waId, 'read'), {})
export const phoneStream = (waId: string) => new EventSource(at(waId, 'stream'))
