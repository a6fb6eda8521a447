/** Tickets in words. */

import { expect, test } from 'vitest'
import { contactName } from '../../lib/contactName'
import { windowAt } from '../../lib/window'
import { ticket } from '../../test/samples'
import { lastMessageText, lastOwnerText, ticketLabel } from './ticketText'

const at = (left: number) => Date.parse('2026-03-12T12:00:00Z') - left * 60_000

test('a label has the name, whether an answer is due, and how long the window stays open', () => {
  const waiting = ticket({ unanswered: true, unread: 2 })
  expect(ticketLabel(waiting, windowAt(waiting.window_ends_at, at(39)))).toBe(
    'Rosa Fontes, não respondida, 2 mensagens não lidas, janela fecha em 39 min',
  )
  expect(ticketLabel(ticket(), windowAt(ticket().window_ends_at, at(-1)))).toBe(
    'Rosa Fontes, respondida, janela fechada',
  )
})

test('a label says that the window closes before the ticket wakes', () => {
  const late = ticket({ state: 'snoozed', window_warned: true })
  expect(ticketLabel(late, windowAt(late.window_ends_at, at(20)))).toBe(
    'Rosa Fontes, adiado, respondida, janela fecha em 20 min, antes da volta',
  )
  expect(ticketLabel(late, windowAt(late.window_ends_at, at(-1)))).toMatch(/janela fechada$/)
})

test('a label says that the answer failed, and whom a ticket left that came back', () => {
  const failed = ticket({ failed: true, unanswered: true, state: 'open' })
  expect(ticketLabel(failed, windowAt(failed.window_ends_at, at(-1)))).toBe(
    'Rosa Fontes, resposta não enviada, não respondida, janela fechada',
  )
  const returned = ticket({ state: 'queue', last_owner: { id: 'a1', name: 'Anna' } })
  expect(ticketLabel(returned, windowAt(returned.window_ends_at, at(-1)))).toMatch(/, antes com Anna, /)
  expect(lastOwnerText(returned)).toBe('antes com Anna')
  expect(lastOwnerText(ticket())).toBeNull()
})

test('a contact without a name is shown by their phone number', () => {
  const contact = { id: 'k1', name: '5520998760142', initials: '#', phone: '5520998760142', erased: false }
  expect(contactName(ticket({ contact }).contact)).toBe('+55 20 99876-0142')
  const erased = { ...contact, name: '', phone: null, erased: true }
  expect(contactName(ticket({ contact: erased }).contact)).toBe('Cliente apagado')
})

test('a message without text is shown by its kind', () => {
  const last_message = {
    text: null,
    type: 'image',
    at: '2026-03-11T12:00:00Z',
    direction: 'in' as const,
    position: 1,
  }
  expect(lastMessageText(ticket({ last_message }))).toBe('Imagem')
})

test('the window has four states', () => {
  const ends = '2026-03-12T12:00:00Z'
  expect([7 * 60, 359, 59, 0].map((left) => windowAt(ends, at(left)).state)).toEqual([
    'ample',
    'low',
    'last',
    'closed',
  ])
})
