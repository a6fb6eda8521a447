/** Adds a quick reply, edits one, or edits a suggestion before it is approved. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { NewQuickReply } from '../../api'
import { countCharacters } from '../../lib/countCharacters'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { ContentField } from './ContentField'
import { Preview } from './Preview'
import { MAX_TEXT_LENGTH } from './requests/useCheck'
import { useTeams } from './requests/useTeams'

export const MAX_NAME_LENGTH = 80
export const MAX_SHORTCUT_LENGTH = 33

interface ReplyDialogProps {
  title: ReactNode
  /** What stands in the fields at first. */
  content: NewQuickReply
  /** Whose name the preview shows. */
  author: string
  submitLabel: ReactNode
  isPending: boolean
  onClose: () => void
  onSubmit: (content: NewQuickReply) => void
}

export default function ReplyDialog({
  title,
  content,
  author,
  submitLabel,
  isPending,
  onClose,
  onSubmit,
}: ReplyDialogProps) {
  const { t } = useLingui()
  const teams = useTeams()
  const [name, setName] = useState(content.name)
  const [shortcut, setShortcut] = useState(content.shortcut ?? '')
  const [text, setText] = useState(content.text)
  const [teamIds, setTeamIds] = useState<readonly string[]>(content.team_ids ?? [])
  const canSubmit =
    name.trim() !== '' && text.trim() !== '' && countCharacters(text) <= MAX_TEXT_LENGTH && !isPending
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    onSubmit({ name: name.trim(), shortcut: shortcut.trim() || null, text, team_ids: [...teamIds] })
  }
  return (
    <Dialog title={title} onClose={onClose} medium>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <div className="field-pair">
            <div className="field">
              <label htmlFor="reply-name">
                <Trans>Nome</Trans>
              </label>
              <input
                id="reply-name"
                className="input"
                maxLength={MAX_NAME_LENGTH}
                autoComplete="off"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor="reply-shortcut">
                <Trans>Atalho</Trans>
                <span className="hint">
                  <Trans>letras e números</Trans>
                </span>
              </label>
              <input
                id="reply-shortcut"
                className="input"
                maxLength={MAX_SHORTCUT_LENGTH}
                autoComplete="off"
                placeholder="/ola"
                value={shortcut}
                onChange={(event) => setShortcut(event.target.value)}
              />
            </div>
          </div>
          <ContentField id="reply-text" value={text} onChange={setText} />
          {text.trim() !== '' && <Preview text={text} author={author} />}
          {teams.data && teams.data.length > 0 && (
            <fieldset className="options">
              <legend className="label">{t`Equipes que a usam; nenhuma marcada: todas`}</legend>
              {teams.data.map((team) => (
                <label className="opt" key={team.id}>
                  <input
                    type="checkbox"
                    checked={teamIds.includes(team.id)}
                    onChange={({ target }) =>
                      setTeamIds(
                        target.checked ? [...teamIds, team.id] : teamIds.filter((one) => one !== team.id),
                      )
                    }
                  />
                  <span>{team.name}</span>
                </label>
              ))}
            </fieldset>
          )}
        </div>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          {submitLabel}
        </DialogFooter>
      </form>
    </Dialog>
  )
}
