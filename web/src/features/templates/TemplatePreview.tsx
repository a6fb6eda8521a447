/** A template with the values given so far, as the customer will see it. */

import { Trans } from '@lingui/react/macro'
import { Fragment } from 'react'
import type { Template } from '../../api'
import { type ShownButton, TemplateButtons, TemplateContent } from '../../ui/TemplateContent'
import { buttonUrl, type Piece, pieces, type Values } from './filling'

interface TemplatePreviewProps {
  template: Template
  values: Values
  firstName: string
}

export function TemplatePreview({ template, values, firstName }: TemplatePreviewProps) {
  const { header, body, footer, parameter_format } = template
  const value = (key: string) => values[key]?.trim() || null
  return (
    <section className="preview" aria-labelledby="template-preview">
      <h3 className="hint" id="template-preview">
        <Trans>Como {firstName} vai ver</Trans>
      </h3>
      <div className="bubble">
        <TemplateContent
          header={
            header && {
              format: header.format,
              text: header.text && (
                <Filled pieces={pieces(header.text, 'header', parameter_format, values)} />
              ),
              link: value('header.link'),
              filename: value('header.filename'),
              name: value('header.name'),
              address: value('header.address'),
            }
          }
          body={
            <span className="words" dir="auto">
              <Filled pieces={pieces(body, 'body', parameter_format, values)} />
            </span>
          }
          footer={footer}
        />
      </div>
      <TemplateButtons
        buttons={template.buttons.map((button, index): ShownButton => {
          const given = value(`button.${index}`)
          return {
            ...button,
            url: button.url && buttonUrl(button.url, given ?? undefined),
            code: button.type === 'COPY_CODE' ? given : null,
          }
        })}
      />
    </section>
  )
}

const Filled = ({ pieces }: { pieces: readonly Piece[] }) =>
  pieces.map(({ at, text, isValue }) =>
    isValue ? (
      <span className="fill" key={at}>
        {text}
      </span>
    ) : (
      <Fragment key={at}>{text}</Fragment>
    ),
  )
