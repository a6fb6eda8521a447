/** Behind the bell: chooses a template, fills it, shows it as the customer will see it, and sends it. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { CircleAlert, SendHorizontal } from 'lucide-react'
import { type FormEvent, useId, useRef, useState } from 'react'
import type { Template } from '../../api'
import type { Me } from '../../lib/contract'
import { firstNameOf } from '../../lib/firstName'
import { Problem, problemText } from '../../lib/problem'
import { Dialog } from '../../ui/Dialog'
import { givenValues, wrongValues } from './filling'
import { type Facts, type Known, known } from './prefill'
import { useChannels } from './requests/useChannels'
import { type Recipient, useSendTemplate } from './requests/useSendTemplate'
import { useVariables } from './requests/useVariables'
import { TemplateFields } from './TemplateFields'
import { TemplateList } from './TemplateList'
import { TemplatePreview } from './TemplatePreview'
import { costText, templateTitle, whyNotDetail, whyNotText } from './templateText'

interface TemplatesDialogProps {
  recipient: Recipient
  /** Null lets the agent choose, where there is more than one. */
  channelId: string | null
  /** Of the open ticket. */
  protocol: string | null
  me: Me
  onClose: () => void
  onSent: (conversationId: string) => void
}

export default function TemplatesDialog({
  recipient,
  channelId,
  protocol,
  me,
  onClose,
  onSent,
}: TemplatesDialogProps) {
  const [pickedChannel, setPickedChannel] = useState(channelId)
  const channels = useChannels(channelId === null)
  const channel = pickedChannel ?? channels.data?.[0]?.id
  const [template, setTemplate] = useState<Template | null>(null)
  const firstName = firstNameOf(recipient.name)
  const variables = useVariables(recipient.conversationId).data ?? []
  const facts: Facts = {
    contact: firstName,
    agent: firstNameOf(me.name),
    ticket: protocol,
    variables,
  }
  return (
    <Dialog title={<Trans>Modelos de mensagens</Trans>} onClose={onClose} wide>
      {channelId === null && channels.data && channels.data.length > 1 && (
        <div className="template-channel field">
          <label htmlFor="template-channel">
            <Trans>Canal</Trans>
          </label>
          <select
            id="template-channel"
            className="input"
            value={channel}
            onChange={(event) => {
              setPickedChannel(event.target.value)
              setTemplate(null)
            }}
          >
            {channels.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div className="picker" data-chosen={template !== null}>
        <TemplateList
          channelId={channel}
          chosenId={template?.id ?? null}
          canSync={me.role === 'admin'}
          onChoose={setTemplate}
        />
        {template ? (
          <FilledTemplate
            key={template.id}
            template={template}
            recipient={recipient}
            channelId={channel}
            firstName={firstName}
            facts={facts}
            onBack={() => setTemplate(null)}
            onSent={onSent}
          />
        ) : (
          <div className="picker-empty">
            <p>
              <Trans>
                Escolha um modelo ao lado. A Meta os aprovou: eles saem também com a janela de 24 horas
                fechada.
              </Trans>
            </p>
          </div>
        )}
      </div>
    </Dialog>
  )
}

interface FilledTemplateProps {
  template: Template
  recipient: Recipient
  channelId: string | undefined
  firstName: string
  facts: Facts
  onBack: () => void
  onSent: (conversationId: string) => void
}

function FilledTemplate({
  template,
  recipient,
  channelId,
  firstName,
  facts,
  onBack,
  onSent,
}: FilledTemplateProps) {
  const send = useSendTemplate(recipient, channelId)
  const form = useRef<HTMLFormElement>(null)
  const heading = useId()
  const [edited, setEdited] = useState<Record<string, string>>({})
  const [tried, setTried] = useState(false)
  const knownValues = new Map<string, Known>()
  for (const parameter of template.parameters) {
    const found = known(template, parameter, facts)
    if (found) knownValues.set(parameter.key, found)
  }
  const prefilled = [...knownValues].map(([key, { value }]) => [key, value] as const)
  const values = { ...Object.fromEntries(prefilled), ...edited }
  const wrong = wrongValues(template, values)
  const shownWrong = Object.fromEntries(
    Object.entries(wrong).filter(([, found]) => tried || found !== 'missing'),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!template.sendable || send.isPending) return
    setTried(true)
    const [first] = template.parameters.filter(({ key }) => wrong[key])
    if (first) {
      form.current?.querySelector<HTMLElement>(`[id="template-${first.key}"]`)?.focus()
      return
    }
    send.mutate(
      { templateId: template.id, parameters: givenValues(template, values) },
      { onSuccess: ({ conversation_id }) => onSent(conversation_id) },
    )
  }
  return (
    <form className="picker-form" ref={form} aria-labelledby={heading} onSubmit={submit} noValidate>
      <div className="picker-main">
        <div className="picker-fill">
          <button type="button" className="btn btn-sm picker-back" onClick={onBack}>
            <Trans>Outro modelo</Trans>
          </button>
          <h3 id={heading} title={template.name}>
            {templateTitle(template.name)}
          </h3>
          {template.sendable ? (
            <TemplateFields
              template={template}
              values={values}
              known={knownValues}
              variables={facts.variables}
              wrong={shownWrong}
              onChange={(key, value) => setEdited((now) => ({ ...now, [key]: value }))}
            />
          ) : (
            <div className="callout is-warn" role="status">
              <CircleAlert className="i" aria-hidden="true" />
              <div>
                <b>{whyNotText(template)}.</b> {whyNotDetail(template)}
              </div>
            </div>
          )}
        </div>
        <TemplatePreview template={template} values={values} firstName={firstName} />
      </div>
      <footer>
        {send.isError ? (
          <span className="field-error" role="alert">
            <Trans>Não enviada: {sendProblemText(send.error)}.</Trans>
          </span>
        ) : (
          <span className="hint">{costText(template.category)}</span>
        )}
        <span className="right">
          <button type="submit" className="btn btn-main" disabled={!template.sendable || send.isPending}>
            <Trans>Enviar para {firstName}</Trans>
            <SendHorizontal className="i i-md" aria-hidden="true" />
          </button>
        </span>
      </footer>
    </form>
  )
}

/** Says why the template cannot be sent any more; the list shows it, too. */
function sendProblemText(problem: unknown): string {
  const reason = problem instanceof Problem && problem.code === 'template_not_sendable' && problem.body.reason
  switch (reason) {
    case 'paused':
      return t`a Meta acaba de pausar este modelo`
    case 'removed':
      return t`este modelo foi apagado`
  }
  return problemText(problem)
}
