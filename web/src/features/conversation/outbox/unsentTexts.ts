/**
 * The texts of an agent that this browser keeps: drafts, notes, and messages that are not sent yet. They outlive a
 * session that ends by itself, for the same agent; a logout removes them.
 */

import { deleteDraft, putDraft } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { readStored, writeStored } from '../../../lib/storage'
import type { OutgoingMessage } from './outbox'

const SAVE_TIMEOUT_MS = 3_000

/** How many texts are in this browser alone. */
export interface UnsentTexts {
  messages: number
  notes: number
  drafts: number
}

/** Stores on the server what was typed a moment ago; what cannot be stored stays marked as unsaved. */
export async function saveDrafts(meId: string): Promise<void> {
  const prefix = `balcao.unsaved.${meId}.`
  const save = async (key: string) => {
    const path = { conversation_id: key.slice(prefix.length) }
    const signal = AbortSignal.timeout(SAVE_TIMEOUT_MS)
    const text = readStored<string>(key)
    try {
      if (text) await unwrap(putDraft({ path, body: { text }, signal }))
      else await unwrap(deleteDraft({ path, signal }))
      if (readStored<string>(key) === text) writeStored(key, null)
    } catch {
      // Counted as unsent.
    }
  }
  await Promise.all(keysOf(prefix).map(save))
}

export function countUnsent(meId: string, messages: readonly OutgoingMessage[]): UnsentTexts {
  const stored = (kind: string) =>
    keysOf(`balcao.${kind}.${meId}.`).filter((key) => readStored<string>(key)?.trim()).length
  return {
    messages: messages.filter((message) => !message.messageId).length,
    notes: stored('note'),
    drafts: stored('unsaved'),
  }
}

export function removeTexts(meId: string): void {
  for (const kind of ['draft', 'unsaved', 'inserted', 'note', 'out']) {
    for (const key of keysOf(`balcao.${kind}.${meId}.`)) writeStored(key, null)
  }
}

function keysOf(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
  } catch {
    return []
  }
}
