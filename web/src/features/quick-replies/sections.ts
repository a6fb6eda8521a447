/** The lists of quick replies: who has them, their names in paths, and their views in the API. */

import { msg } from '@lingui/core/macro'
import type { ListQuickRepliesData } from '../../api'
import type { Me } from '../../lib/contract'

export type ReplyView = NonNullable<NonNullable<ListQuickRepliesData['query']>['view']>

export const sections = {
  aprovar: { name: msg`Para aprovar`, view: 'waiting', ofAdmins: true },
  'em-uso': { name: msg`Em uso`, view: 'all', ofAdmins: false },
  arquivadas: { name: msg`Arquivadas`, view: 'archived', ofAdmins: true },
  minhas: { name: msg`Minhas sugestões`, view: 'mine', ofAdmins: false },
} as const

export type Section = keyof typeof sections

const isSection = (slug: string): slug is Section => Object.hasOwn(sections, slug)

export const sectionsOf = ({ role }: Me): Section[] =>
  (Object.keys(sections) as Section[]).filter((one) => role === 'admin' || !sections[one].ofAdmins)

/** The section of a path; the first one where there is no such section, or not for this agent. */
export function sectionOf(slug: string, me: Me): Section {
  const own = sectionsOf(me)
  return isSection(slug) && own.includes(slug) ? slug : (own[0] as Section)
}

/** Agents see what they may use; admins see all. */
export const viewOf = (section: Section, { role }: Me): ReplyView =>
  section === 'em-uso' && role !== 'admin' ? 'usable' : sections[section].view
