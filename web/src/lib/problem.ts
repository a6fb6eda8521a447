/** Errors of the API, and their texts. */

import { plural, t } from '@lingui/core/macro'

/** A refusal of the server (RFC 9457), or no response at all: then `status` is 0. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string | null = null,
    readonly body: Readonly<Record<string, unknown>> = {},
    /** When to try again, where the server says so. */
    readonly retryAfterS: number | null = null,
  ) {
    super(detail ?? code)
    this.name = 'Problem'
  }

  /** The same request, under the same Idempotency-Key, may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.code === 'concurrent_change'
  }
}

type ApiResult<Data> = { data?: Data; error?: unknown; response?: Response }

/** Returns the data of a response; throws a `Problem` for an error. */
export async function unwrap<Data>(answer: Promise<ApiResult<Data>>): Promise<Data> {
  const { data, error, response } = await answer
  if (response?.ok && error === undefined) return data as Data
  throw toProblem(response?.status ?? 0, error, response?.headers.get('Retry-After'))
}

export function toProblem(status: number, body: unknown, retryAfter?: string | null): Problem {
  if (status === 0) return new Problem(0, 'unreachable')
  if (typeof body !== 'object' || body === null) return new Problem(status, `http_${status}`)
  const facts = body as Record<string, unknown>
  const code = typeof facts.code === 'string' ? facts.code : `http_${status}`
  const detail = typeof facts.detail === 'string' ? facts.detail : null
  return new Problem(status, code, detail, facts, Number(retryAfter) || null)
}

/** The problem as part of a sentence. */
export function problemText(problem: unknown): string {
  const { status, code, retryAfterS } = problem instanceof Problem ? problem : new Problem(0, 'unreachable')
  switch (code) {
    case 'window_closed':
      return t`a janela de 24 horas fechou`
    case 'no_open_ticket':
      return t`não há atendimento aberto`
    case 'control_moved':
      return t`outra pessoa foi mais rápida`
    case 'forbidden':
      return t`seu perfil não permite isso`
    case 'takes_part':
      return t`o atendimento está com outra pessoa; você só participa dele`
    case 'other_agent':
      return t`outra pessoa entrou neste navegador`
    case 'themselves':
      return t`ninguém muda o próprio perfil; peça a outra pessoa da administração`
    case 'not_found':
      return t`não está mais ao seu alcance`
    case 'text_too_long':
      return t`o texto passa de 4.096 caracteres`
    case 'text_empty':
      return t`falta o texto`
    case 'contact_erased':
      return t`os dados deste cliente foram apagados`
    case 'concurrent_change':
      return t`outra mudança chegou no mesmo instante`
    case 'too_many_attempts':
      return tooManyAttemptsText(retryAfterS)
    case 'no_bot':
      return t`este canal não tem bot`
    case 'with_bot':
      return t`o bot está com este atendimento; assuma antes`
    case 'snooze_until':
    case 'due_at':
      return t`a hora precisa estar no futuro, em até dois anos`
    case 'not_scheduled':
      return t`este envio já saiu ou foi cancelado`
    case 'too_many_pins':
      return t`você já fixou 200 conversas; solte uma antes`
    case 'too_many_scheduled':
      return t`há envios agendados demais nesta conversa`
    case 'unknown_agent':
      return t`esta pessoa não atende mais`
    case 'unknown_team':
      return t`esta equipe não existe mais`
    case 'not_in_team':
      return t`esta pessoa não é da equipe`
    case 'nothing_to_undo':
      return t`já não há o que desfazer`
    case 'undo_too_late':
      return t`o tempo de desfazer passou`
    case 'tag_name':
      return t`uma etiqueta tem de 1 a 50 letras`
    case 'too_many_tags':
      return t`são no máximo 20 etiquetas`
    case 'contact_name':
      return t`o nome precisa de 1 a 200 letras`
    case 'contact_email':
      return t`o e-mail não parece certo`
    case 'contact_attributes':
      return t`são no máximo 50 campos, cada um com o seu nome`
    case 'quick_reply_moved':
      return t`outra pessoa foi mais rápida; veja como ficou`
    case 'own_suggestion':
      return t`quem sugeriu não decide; peça a outra pessoa da administração`
    case 'no_suggestion':
      return t`a sugestão já foi decidida ou retirada`
    case 'suggestion_waits':
      return t`já há uma sugestão à espera; decida essa antes`
    case 'known_values':
      return t`há dados do cliente no texto`
    case 'archived':
      return t`ela está arquivada`
    case 'not_begun':
      return t`a conversa ainda não tinha começado`
    case 'merge_itself':
      return t`é o mesmo contato`
    case 'merged_already':
      return t`este contato já está junto de outro; separe antes`
    case 'has_aliases':
      return t`há outros juntos deste contato; separe antes`
    case 'missing_value':
      return t`falta o valor de uma variável`
    case 'unknown_variable':
      return t`o texto usa uma variável que não existe`
    case 'variable_name':
      return t`o nome tem só letras, números e _`
    case 'variable_source':
      return t`falta de onde vem o valor`
    case 'too_many_variables':
      return t`são no máximo 500 variáveis; arquive uma antes`
    case 'name_taken':
      return t`este nome já está em uso`
    case 'in_use':
      return t`ainda há atendimentos ou um canal nela`
    case 'template_not_sendable':
      return t`a Meta não deixa enviar este modelo agora`
    case 'parameter_missing':
      return t`falta preencher um campo do modelo`
    case 'parameter_invalid':
      return t`o WhatsApp não aceita um dos valores`
    case 'opted_out':
      return t`esta pessoa pediu para não receber ofertas pelo WhatsApp`
    case 'contact_unreachable':
      return t`este contato não tem endereço no WhatsApp por este canal`
    case 'unreachable':
      return t`o servidor não respondeu`
  }
  if (status === 401) return t`sua sessão terminou`
  if (status === 429) return t`muitas solicitações; aguarde um instante`
  if (status >= 500) return t`o servidor teve um problema`
  return t`o servidor recusou`
}

/** A lock lasts between a minute and an hour. */
function tooManyAttemptsText(retryAfterS: number | null): string {
  return plural(Math.ceil((retryAfterS ?? 60) / 60), {
    one: 'muitas tentativas; tente de novo em # minuto',
    other: 'muitas tentativas; tente de novo em # minutos',
  })
}
