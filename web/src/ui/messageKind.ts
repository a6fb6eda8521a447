/** What a message is when it is not plain text, in a word and a sign. */

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

export interface Kind {
  Icon: LucideIcon
  name: string
  /** Its text says all there is; the kind is only a small line above. */
  textual: boolean
}

/** Null for plain text. */
export function kindOf(type: string): Kind | null {
  const kind = (Icon: LucideIcon, name: string, textual = false): Kind => ({ Icon, name, textual })
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
