/** Colleagues and teams, for whom a note calls and where a ticket goes. */

import { useQuery } from '@tanstack/react-query'
import { listAgents, listTeams } from '../../api'
import { answered } from '../../lib/problem'
import { keys } from '../../lib/queryKeys'

/** Who is present changes without a word on the stream. */
const FRESH_MS = 30_000

export const useAgents = () =>
  useQuery({
    queryKey: keys.agents,
    queryFn: async () => (await answered(listAgents())).items,
    staleTime: FRESH_MS,
  })

export const useTeams = () =>
  useQuery({
    queryKey: keys.teams,
    queryFn: async () => (await answered(listTeams())).items,
    staleTime: FRESH_MS,
  })
