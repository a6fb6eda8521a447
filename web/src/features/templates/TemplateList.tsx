/** Searches the templates of a channel, and chooses one. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { CircleAlert, RotateCw, Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import type { Template, Templates } from '../../api'
import { problemText } from '../../lib/problem'
import { formatDayAndTime, useNow } from '../../lib/time'
import { ListSkeleton } from '../../ui/Skeleton'
import { useSyncTemplates } from './requests/useSyncTemplates'
import { useTemplates } from './requests/useTemplates'
import { categoryText, qualityText, templateTitle, whyNotText } from './templateText'

const DEBOUNCE_MS = 200

interface TemplateListProps {
  channelId: string | undefined
  chosenId: string | null
  canSync: boolean
  onChoose: (template: Template) => void
}

export function TemplateList({ channelId, chosenId, canSync, onChoose }: TemplateListProps) {
  const [text, setText] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const q = useDebounced(text.trim(), DEBOUNCE_MS)
  const templates = useTemplates(channelId, q)
  const items = templates.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="picker-list">
      <label className="input finder">
        <Search className="i i-md" aria-hidden="true" />
        <input
          type="search"
          aria-label={t`Buscar modelo`}
          placeholder={t`Buscar modelo`}
          maxLength={200}
          value={text}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to choose one
          autoFocus
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return
            event.preventDefault()
            list.current?.focus()
          }}
        />
      </label>
      {templates.isPending && channelId && <ListSkeleton />}
      {templates.isError && items.length === 0 && (
        <div className="rail-note" role="alert">
          <p>
            <Trans>Os modelos não vieram: {problemText(templates.error)}.</Trans>
          </p>
          <button type="button" className="btn btn-sm" onClick={() => void templates.refetch()}>
            <RotateCw className="i i-sm" aria-hidden="true" />
            <Trans>Tentar</Trans>
          </button>
        </div>
      )}
      <ListBox
        ref={list}
        className="template-list"
        aria-label={t`Modelos`}
        data-stale={templates.isPlaceholderData}
        items={items}
        selectionMode="single"
        selectedKeys={chosenId === null ? [] : [chosenId]}
        disallowEmptySelection={chosenId !== null}
        onSelectionChange={(keys) => {
          const chosen = items.find(({ id }) => keys !== 'all' && keys.has(id))
          if (chosen) onChoose(chosen)
        }}
        renderEmptyState={() =>
          templates.isSuccess && (
            <p className="rail-note">
              {q ? <Trans>Nenhum modelo com “{q}”.</Trans> : <Trans>Este canal ainda não tem modelos.</Trans>}
            </p>
          )
        }
      >
        {(template) => (
          <ListBoxItem
            id={template.id}
            textValue={templateTitle(template.name)}
            className={template.sendable ? 'pop-item is-tall' : 'pop-item is-tall is-barred'}
          >
            <TemplateRow template={template} />
          </ListBoxItem>
        )}
      </ListBox>
      {templates.hasNextPage && (
        <button
          type="button"
          className="btn btn-sm more"
          disabled={templates.isFetchingNextPage}
          onClick={() => void templates.fetchNextPage()}
        >
          <Trans>Mostrar mais</Trans>
        </button>
      )}
      {templates.data && <SyncState page={templates.data.pages[0]} canSync={canSync} />}
    </div>
  )
}

function TemplateRow({ template }: { template: Template }) {
  const category = categoryText(template.category)
  const quality = qualityText(template.quality)
  return (
    <span className="template-row">
      <b>{templateTitle(template.name)}</b>
      <small dir="auto">{template.sendable ? template.body : whyNotText(template)}</small>
      <span className="meta">
        {category && (
          <span className={template.category === 'MARKETING' ? 'chip chip-warn' : 'chip chip-ok'}>
            {category}
          </span>
        )}
        <span className="chip chip-line">{template.language}</span>
        {quality && (
          <span className={template.quality === 'RED' ? 'chip chip-danger' : 'chip chip-warn'}>
            {quality}
          </span>
        )}
      </span>
    </span>
  )
}

/** How fresh the list is, and how to read it from Meta again. */
function SyncState({ page, canSync }: { page: Templates | undefined; canSync: boolean }) {
  const now = useNow()
  const sync = useSyncTemplates()
  if (!page) return null
  return (
    <div className="template-sync">
      {page.sync_failed && <CircleAlert className="i i-sm" aria-hidden="true" />}
      <span className="hint" role={page.sync_failed ? 'status' : undefined}>
        {page.sync_failed ? (
          <Trans>A última leitura na Meta falhou: a lista pode ter mudado.</Trans>
        ) : page.synced_at ? (
          <Trans>Lidos na Meta {formatDayAndTime(page.synced_at, now)}</Trans>
        ) : (
          <Trans>Ainda não lidos na Meta</Trans>
        )}
      </span>
      {canSync && (
        <button
          type="button"
          className="icon-btn is-small"
          aria-label={t`Ler os modelos na Meta de novo`}
          title={t`Ler os modelos na Meta de novo`}
          disabled={sync.isPending}
          onClick={() => sync.mutate()}
        >
          <RotateCw className="i i-sm" aria-hidden="true" />
        </button>
      )}
    </div>
  )
}

function useDebounced(text: string, ms: number): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms)
    return () => clearTimeout(timer)
  }, [text, ms])
  return settled
}
