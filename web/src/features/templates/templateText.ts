/** What the page calls templates and their parts, and why one cannot be sent. */

import { t } from '@lingui/core/macro'
import type { Template, TemplateParameter } from '../../api'
import type { Wrong } from './filling'
import type { Known } from './prefill'

/** `retomar_atendimento` is shown as "Retomar atendimento". */
export function templateTitle(name: string): string {
  const words = name.replaceAll('_', ' ').trim() || name
  return words.charAt(0).toLocaleUpperCase('pt-BR') + words.slice(1)
}

/** Null for a category that this page does not know. */
export function categoryText(category: string): string | null {
  switch (category) {
    case 'UTILITY':
      return t`Utilidade`
    case 'MARKETING':
      return t`Marketing`
    case 'AUTHENTICATION':
      return t`Autenticação`
  }
  return null
}

export function costText(category: string): string {
  switch (category) {
    case 'UTILITY':
      return t`Mensagem ativa, cobrada como utilidade`
    case 'MARKETING':
      return t`Mensagem ativa, cobrada como marketing`
    case 'AUTHENTICATION':
      return t`Mensagem ativa, cobrada como autenticação`
  }
  return t`Mensagem ativa`
}

/** Null while customers rate it well, or have not rated it. */
export function qualityText(quality: string): string | null {
  if (quality === 'YELLOW') return t`Qualidade média`
  if (quality === 'RED') return t`Qualidade baixa`
  return null
}

export function whyNotText({ why_not, quality, status }: Template): string {
  switch (why_not) {
    case 'rejected':
      return t`Recusado pela Meta`
    case 'paused':
      return quality === 'RED' ? t`Pausado pela Meta por baixa qualidade` : t`Pausado pela Meta`
    case 'disabled':
      return t`Desativado pela Meta`
    case 'removed':
      return t`Apagado na Meta`
    case 'unsupported':
      return t`Tem partes que ainda não se preenchem aqui`
  }
  return status === 'PENDING' ? t`Em análise pela Meta` : t`Não aprovado pela Meta`
}

/** What happens to a template that cannot be sent, and what can be done. */
export function whyNotDetail({ why_not, reason }: Template): string {
  switch (why_not) {
    case 'rejected':
      return reason ? t`Motivo da Meta: ${reason}. Corrija o modelo na Meta.` : t`Corrija o modelo na Meta.`
    case 'paused':
      return t`A pausa costuma durar horas e termina sozinha. Escolha outro modelo enquanto isso.`
    case 'disabled':
      return t`A Meta não deixa mais enviar este modelo. Escolha outro.`
    case 'removed':
      return t`Quem cuida dos modelos o apagou. Escolha outro.`
    case 'unsupported':
      return t`Carrosséis, ofertas e catálogos só saem por outro sistema.`
  }
  return t`Só dá para enviar depois que a Meta aprovar.`
}

/** What a field is called: the name of the parameter, what it was recognised as, or its place. */
export function parameterLabel(
  { key, part, kind, name, index }: TemplateParameter,
  known: Known | null,
  buttonText: string | undefined,
): string {
  switch (key) {
    case 'header.link':
      return t`Endereço do arquivo`
    case 'header.filename':
      return t`Nome do arquivo`
    case 'header.latitude':
      return t`Latitude`
    case 'header.longitude':
      return t`Longitude`
    case 'header.name':
      return t`Nome do lugar`
    case 'header.address':
      return t`Endereço do lugar`
  }
  if (kind === 'code') return t`Código que se copia`
  if (part === 'button') return buttonText ? t`Fim do endereço de “${buttonText}”` : t`Fim do endereço`
  if (name) return templateTitle(name)
  if (known?.source === 'contact') return t`Nome`
  if (known?.source === 'agent') return t`Analista`
  if (known?.source === 'ticket') return t`Protocolo`
  return part === 'header' ? t`Título` : t`Campo ${index + 1}`
}

export function sourceText({ source }: Known): string {
  switch (source) {
    case 'contact':
      return t`do contato`
    case 'agent':
      return t`você`
    case 'ticket':
      return t`do atendimento`
  }
}

export function wrongText(wrong: Wrong): string {
  switch (wrong) {
    case 'missing':
      return t`Falta preencher`
    case 'tab':
      return t`O WhatsApp não aceita tabulações aqui`
    case 'spaces':
      return t`O WhatsApp não aceita estes espaços aqui`
    case 'too_long':
      return t`Longo demais`
    case 'link':
      return t`Precisa ser um endereço completo, com https://`
    case 'number':
      return t`Precisa ser um número, como -23.55`
  }
}
