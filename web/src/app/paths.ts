/** All paths of the web application, and the name of each view in them. */

import type { View } from '../lib/contract'

export const paths = {
  home: '/',
  demo: '/demo',
  login: '/entrar',
  view: '/espaco/$view',
  ticket: '/espaco/$view/$conversationId',
  contacts: '/contatos',
  contact: '/contatos/$contactId',
  quickRepliesPrefix: '/respostas',
  quickReplies: '/respostas/$section',
  quickReply: '/respostas/$section/$quickReplyId',
  adminPrefix: '/administracao',
  admin: '/administracao/$section',
  phone: '/telefone',
} as const

const slugs = {
  mine: 'meus',
  queue: 'fila',
  snoozed: 'adiados',
  closing: 'janela',
  bot: 'bot',
  all: 'todos',
  closed: 'encerrados',
} as const

export const slugOf = (view: View): string => slugs[view]

export function viewOf(slug: string): View {
  const found = (Object.keys(slugs) as View[]).find((view) => slugs[view] === slug)
  return found ?? 'mine'
}
