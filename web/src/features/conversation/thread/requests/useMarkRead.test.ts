import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { queryKeys } from '../../../../lib/queryKeys'
import { rememberRead } from './useMarkRead'

test('what was fetched of a conversation has the newest pointer, and nothing is made up for others', () => {
  const cache = new QueryClient()
  cache.setQueryData(queryKeys.conversation('c1'), { read_until: null, access: 'full' })
  rememberRead(cache, 'c1', 'm2')
  rememberRead(cache, 'c2', 'm9')
  expect(cache.getQueryData(queryKeys.conversation('c1'))).toEqual({ read_until: 'm2', access: 'full' })
  expect(cache.getQueryData(queryKeys.conversation('c2'))).toBeUndefined()
})
