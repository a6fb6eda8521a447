/** Events in words. */

import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../api/types.gen'
import { eventText } from './eventText'

const unassigned = (left: string | null): HistoryItem => ({
  id: 'e1',
  position: 'l.7',
  at: '2026-03-12T12:00:00Z',
  type: 'conversation.unassigned',
  version: 2,
  ticket: 1,
  who: { kind: 'system', id: null, name: null },
  from_where: { kind: 'process', topic: null, partition: null, offset: null },
  caused_by: null,
  data: { left },
})

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
