/** The kind of a message that is not plain text: icon and name. */

import { t } from '@lingui/core/macro'
import {
  CircleQuestionMark,
  Contact,
  FileText,
  Image,
  LayoutTemplate,
  type LucideIcon,
  MapPin,
  Mic,
  MousePointerClick,
  ShoppingBag,
  Sticker,
  Video,
} from 'lucide-react'

export interface MessageKind {
  Icon: LucideIcon
  name: string
  /** The text is the whole message; the kind is shown as a small line above it. */
  hasFullText: boolean
}

/** Null for plain text. */
export function messageKind(type: string): MessageKind | null {
  const kind = (Icon: LucideIcon, name: string, hasFullText = false): MessageKind => ({
    Icon,
    name,
    hasFullText,
  })
  switch (type) {
    case 'text':
      return null
    case 'image':
      return kind(Image, t`Imagem`)
    case 'video':
      return kind(Video, t`Vídeo`)
    case 'audio':
      return kind(Mic, t`Áudio`)
    case 'document':
      return kind(FileText, t`Documento`)
    case 'sticker':
      return kind(Sticker, t`Figurinha`)
    case 'location':
      return kind(MapPin, t`Localização`)
    case 'contacts':
      return kind(Contact, t`Contato`)
    case 'order':
      return kind(ShoppingBag, t`Pedido`)
    case 'template':
      return kind(LayoutTemplate, t`Modelo de mensagem`, true)
    case 'button':
    case 'interactive':
      return kind(MousePointerClick, t`Escolha do cliente`, true)
    default:
      return kind(CircleQuestionMark, t`Mensagem de um tipo que ainda não se mostra aqui`)
  }
}
