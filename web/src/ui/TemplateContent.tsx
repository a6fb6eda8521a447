/** A template as the customer sees it: header, body, footer, buttons. */

import { t } from '@lingui/core/macro'
import { Copy, ExternalLink, type LucideIcon, Phone, Reply } from 'lucide-react'
import type { ReactNode } from 'react'
import { messageKind } from './messageKind'

export interface ShownHeader {
  /** Meta's word: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT`, `LOCATION`. */
  format: string
  text?: ReactNode
  link?: string | null
  filename?: string | null
  /** Of a place. */
  name?: string | null
  address?: string | null
}

export interface ShownButton {
  /** Meta's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE`. */
  type: string
  text: string
  url?: string | null
  phone?: string | null
  code?: string | null
}

interface TemplateContentProps {
  header: ShownHeader | null
  body: ReactNode
  footer: string | null
}

/** What stands inside the bubble. */
export function TemplateContent({ header, body, footer }: TemplateContentProps) {
  return (
    <>
      {header && <TemplateHeader header={header} />}
      {body}
      {footer && (
        <small className="template-footer" dir="auto">
          {footer}
        </small>
      )}
    </>
  )
}

function TemplateHeader({
  header: { format, text, link, filename, name, address },
}: {
  header: ShownHeader
}) {
  if (format === 'TEXT') {
    return (
      <b className="template-header" dir="auto">
        {text}
      </b>
    )
  }
  const kind = messageKind(format.toLowerCase())
  if (!kind) return null
  const { Icon } = kind
  const shown = filename || (link && addressHost(link)) || [name, address].filter(Boolean).join(', ')
  return (
    <span className="kind">
      <Icon className="i i-lg" aria-hidden="true" />
      <span>
        <b>{kind.name}</b>
        {shown && (
          <small>
            {link && isWebAddress(link) ? (
              <a href={link} target="_blank" rel="noopener noreferrer nofollow">
                {shown}
              </a>
            ) : (
              shown
            )}
          </small>
        )}
      </span>
    </span>
  )
}

const isWebAddress = (url: string): boolean => /^https?:\/\//i.test(url)

function addressHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

const ICONS: Readonly<Record<string, LucideIcon>> = {
  QUICK_REPLY: Reply,
  URL: ExternalLink,
  PHONE_NUMBER: Phone,
  COPY_CODE: Copy,
}

interface TemplateButtonsProps {
  buttons: readonly ShownButton[]
  /** On the customer's phone: presses a button that answers. */
  onPress?: (index: number) => void
}

/** What stands below the bubble. Elsewhere than on the phone nothing can be pressed. */
export function TemplateButtons({ buttons, onPress }: TemplateButtonsProps) {
  if (buttons.length === 0) return null
  return (
    <ul className="template-buttons" aria-label={t`Botões`}>
      {buttons.map((button, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: buttons have no other identity and never move
        <li key={index}>
          <TemplateButton button={button} onPress={onPress && (() => onPress(index))} />
        </li>
      ))}
    </ul>
  )
}

function TemplateButton({
  button: { type, text, url, phone, code },
  onPress,
}: {
  button: ShownButton
  onPress: (() => void) | undefined
}) {
  const Icon = ICONS[type]
  const inside = (
    <>
      {Icon && <Icon className="i i-sm" aria-hidden="true" />}
      <span dir="auto">{text || (type === 'COPY_CODE' ? t`Copiar código` : type)}</span>
    </>
  )
  if (onPress && type === 'QUICK_REPLY') {
    return (
      <button type="button" className="template-button" onClick={onPress}>
        {inside}
      </button>
    )
  }
  if (url && isWebAddress(url) && !url.includes('{{')) {
    return (
      <a
        className="template-button"
        href={url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        title={url}
      >
        {inside}
      </a>
    )
  }
  return (
    <span className="template-button" title={phone ?? code ?? url ?? undefined}>
      {inside}
    </span>
  )
}
