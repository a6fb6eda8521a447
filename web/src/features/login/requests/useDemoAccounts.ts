/** The accounts of a demonstration. */

import { useQuery } from '@tanstack/react-query'
import { sessionOptions } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

/** Empty outside of a demonstration, and while it is unknown. */
export function useDemoAccounts(): readonly string[] {
  const { data } = useQuery({ queryKey: queryKeys.sessionOptions, queryFn: fetchAccounts })
  return data ?? []
}

/** A server that does not answer counts as no demonstration. */
async function fetchAccounts(): Promise<string[]> {
  try {
    const options = await unwrap(sessionOptions())
    return options.demo ? options.accounts : []
  } catch {
    return []
  }
}
