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
