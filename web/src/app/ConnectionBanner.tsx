/** Says that the live connection is lost, and when the next retry is. */

import { Trans } from '@lingui/react/macro'
import { WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLiveState } from '../lib/live/useLive'
import { atServer } from '../lib/serverClock'
import { formatTime } from '../lib/time'

/** Shorter interruptions are not shown. */
const GRACE_MS = 1_500

export function ConnectionBanner() {
  const { lost, retry } = useLiveState()
  const [now, setNow] = useState(Date.now)

  useEffect(() => {
    if (!lost) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [lost])

  if (!lost || now - lost.since < GRACE_MS) return null
  const seconds = Math.max(0, Math.ceil((lost.retryAt - now) / 1000))
  return (
    <div
      className="banner is-plain"
      role="status"
      aria-label={lost.superseded ? 'Janela parada' : 'Sem conexão'}
    >
      <WifiOff className="i" aria-hidden="true" />
      <span>
        {lost.superseded ? (
          <Trans>
            <b>Esta janela não se atualiza mais.</b> Há muitas outras suas abertas; feche as que não usa.
          </Trans>
        ) : (
          <Trans>
            <b>Sem conexão desde {formatTime(new Date(atServer(lost.since)).toISOString())}.</b> O que você
            enviar sai quando ela voltar.
          </Trans>
        )}
      </span>
      <span className="right">
        <span className="hint num" aria-hidden="true">
          {seconds > 0 && <Trans>nova tentativa em {seconds} s</Trans>}
        </span>
        <button type="button" className="btn btn-sm" onClick={retry}>
          <Trans>Tentar já</Trans>
        </button>
      </span>
    </div>
  )
}
