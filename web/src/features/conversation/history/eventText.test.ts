/** Events in words. */

import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../api/types.gen'
import { eventText } from './eventText'

const happened = (type: string, data: HistoryItem['data']): HistoryItem => ({
  id: 'e1',
  position: 'l.7',
  at: '2026-03-12T12:00:00Z',
  type,
  version: 2,
  ticket: 1,
  who: { kind: 'system', id: null, name: null },
  from_where: { kind: 'process', topic: null, partition: null, offset: null },
  caused_by: null,
  data,
  quick_replies: [],
})

const unassigned = (left: string | null, absent: string | null = null) =>
  happened('conversation.unassigned', { left, absent })

const nameOf = (id: unknown) => (id === 'bruno' ? 'Bruno Sá' : null)

test('a ticket that returned to its queue says whether its owner left', () => {
  expect(eventText(unassigned('bruno'), nameOf, 0).detail).toBe('Bruno Sá deixou de atender')
  expect(eventText(unassigned('unheard of'), nameOf, 0).detail).toBe('Quem atendia deixou de atender')
  expect(eventText(unassigned(null), nameOf, 0).detail).toBeNull()
})

test('what the business did in its app is told apart from what the customer did', () => {
  const said = (type: string, name: string | null, data = {}) =>
    eventText(
      { ...unassigned(null), type, who: { kind: name ? 'system' : 'contact', id: null, name }, data },
      nameOf,
      0,
    )
  expect(said('conversation.message_echoed', 'app', { text: 'Já enviei', type: 'text' })).toMatchObject({
    title: 'Mensagem ao cliente, pelo aplicativo',
    detail: 'Já enviei',
  })
  expect(said('conversation.message_edited', 'app', { text: 'v2' }).title).toBe(
    'Mensagem corrigida no aplicativo',
  )
  expect(said('conversation.message_edited', null, { text: 'v2' }).title).toBe(
    'O cliente corrigiu uma mensagem',
  )
  expect(said('conversation.message_revoked', 'app').title).toBe('Mensagem apagada no aplicativo')
})

test('a message says which versions of quick replies it was written with', () => {
  const sent = happened('conversation.message_sent', { text: 'Olá, Marina!', type: 'text', author: 'agent' })
  const used = (...quick_replies: HistoryItem['quick_replies']) =>
    eventText({ ...sent, quick_replies }, nameOf, 0)
  expect(used()).toMatchObject({ title: 'Mensagem ao cliente', detail: 'Olá, Marina!' })
  expect(
    used({ id: 'r1', name: 'Saudação', version: 2 }, { id: 'r2', name: 'Fim', version: 1 }),
  ).toMatchObject({
    title: 'Mensagem ao cliente, com “Saudação”, versão 2; “Fim”, versão 1',
    detail: 'Olá, Marina!',
  })
})

test('a ticket that left an owner who was not there says so', () => {
  expect(eventText(unassigned(null, 'bruno'), nameOf, 0).detail).toBe('Bruno Sá não estava disponível')
  expect(eventText(unassigned(null, 'unheard of'), nameOf, 0).detail).toBe(
    'Quem atendia não estava disponível',
  )
  expect(eventText(happened('conversation.owner_present', {}), nameOf, 0).isInternal).toBe(true)
})

test('a failed answer is told, and that the customer waits again', () => {
  const failed = (failed: boolean) => eventText(happened('conversation.answer_failed', { failed }), nameOf, 0)
  expect(failed(true)).toMatchObject({ title: 'A resposta não chegou', detail: 'O cliente espera de novo' })
  expect(failed(false).detail).toBeNull()
  expect(eventText(happened('conversation.answer_restored', {}), nameOf, 0).title).toBe(
    'A resposta que tinha falhado vale de novo',
  )
})
