/** The emojis by group, with a search, those used last, and the tone of skin. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type EmojiPickerListProps, EmojiPicker as Frimousse } from 'frimousse'
import { Search } from 'lucide-react'
import { type AriaAttributes, useMemo, useState } from 'react'
import { foldText } from '../../lib/foldText'
import { type Emoji, inTone, SKIN_TONES, type SkinTone } from './emojis'
import { readHabits, useSkinTone } from './habits'

/** Nine of them and the scroll bar fit a phone of 360 px. */
const COLUMNS = 9

/** The library counts rows and columns from 0, ARIA from 1. */
const countedFromOne = <Props extends AriaAttributes>(props: Props): Props => ({
  ...props,
  'aria-rowindex': props['aria-rowindex'] === undefined ? undefined : props['aria-rowindex'] + 1,
  'aria-colindex': props['aria-colindex'] === undefined ? undefined : props['aria-colindex'] + 1,
})

const PARTS: EmojiPickerListProps['components'] = {
  CategoryHeader: ({ category, ...props }) => (
    <div {...props} className="pop-title">
      {category.label}
    </div>
  ),
  Row: (props) => <div {...countedFromOne(props)} className="emoji-row" />,
  Emoji: ({ emoji, ...props }) => (
    <button type="button" {...countedFromOne(props)} className="emoji">
      {emoji.emoji}
    </button>
  ),
}

interface EmojiPickerProps {
  emojis: readonly Emoji[]
  /** Whose habits are kept. */
  userId: string
  onPick: (emoji: string) => void
}

export function EmojiPicker({ emojis, userId, onPick }: EmojiPickerProps) {
  const { t, i18n } = useLingui()
  const language = i18n.locale.startsWith('pt') ? 'pt' : 'en'
  const [recent] = useState(() => readHabits(userId).recent)
  const [tone, setTone] = useSkinTone(userId)
  const [search, setSearch] = useState('')
  const names = useMemo(
    () => new Map(emojis.flatMap((one) => [one.emoji, ...one.tones].map((emoji) => [emoji, one[language]]))),
    [emojis, language],
  )
  const groups = [
    t`Rostos e emoções`,
    t`Pessoas e gestos`,
    '',
    t`Animais e natureza`,
    t`Comida e bebida`,
    t`Viagem e lugares`,
    t`Atividades`,
    t`Objetos`,
    t`Símbolos`,
    t`Bandeiras`,
  ]
  const tones: Record<SkinTone, string> = {
    none: t`Sem tom de pele`,
    light: t`Pele clara`,
    'medium-light': t`Pele morena clara`,
    medium: t`Pele morena`,
    'medium-dark': t`Pele morena escura`,
    dark: t`Pele escura`,
  }
  const hand = emojis.find(({ emoji }) => emoji === '✋')

  return (
    <Frimousse.Root
      className="emojis"
      columns={COLUMNS}
      locale={language}
      skinTone={tone}
      resolveEmojiData={(locale) => ({
        locale,
        categories: groups.map((label, index) => ({ index, label })),
        skinTones: tones,
        emojis: emojis.map((one) => ({
          emoji: one.emoji,
          category: one.group,
          version: one.version,
          label: one[language],
          // Found with and without accents, in both languages.
          tags: [one.pt, one.en, ...one.tags].flatMap((tag) => [tag, foldText(tag)]),
          skins: one.tones.length > 0 ? toneMap(one) : undefined,
        })),
      })}
      onEmojiSelect={({ emoji }) => onPick(emoji)}
    >
      <div className="input">
        <Search className="i i-md" aria-hidden="true" />
        <Frimousse.Search
          aria-label={t`Buscar emoji`}
          placeholder={t`Buscar emoji: entrega, obrigado, festa`}
          // On a phone the keyboard would cover the emojis.
          autoFocus={matchMedia('(pointer: fine)').matches}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          // Enter that accepts a suggestion of an input method picks no emoji.
          onKeyDown={(event) => event.nativeEvent.isComposing && event.stopPropagation()}
        />
      </div>
      {recent.length > 0 && search === '' && (
        <>
          <p className="pop-title" id="recent-emojis">
            <Trans>Usados há pouco</Trans>
          </p>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row */}
          <div className="emoji-row" role="group" aria-labelledby="recent-emojis">
            {recent.map((emoji) => (
              <button
                type="button"
                className="emoji"
                key={emoji}
                aria-label={names.get(emoji) ?? emoji}
                onClick={() => onPick(emoji)}
              >
                {emoji}
              </button>
            ))}
          </div>
        </>
      )}
      <Frimousse.Viewport className="emoji-list" aria-label={t`Emojis por grupo`} tabIndex={0}>
        <Frimousse.Empty className="emoji-note">
          <Trans>Nenhum emoji com “{search}”</Trans>
        </Frimousse.Empty>
        <Frimousse.List components={PARTS} />
      </Frimousse.Viewport>
      <div className="emoji-foot">
        <span className="hint" dir="auto">
          <Frimousse.ActiveEmoji>{({ emoji }) => emoji?.label ?? ''}</Frimousse.ActiveEmoji>
        </span>
        <span className="tones" role="radiogroup" aria-label={t`Tom de pele`}>
          {SKIN_TONES.map((one) => (
            <label key={one} title={tones[one]}>
              <input
                type="radio"
                name="skin-tone"
                aria-label={tones[one]}
                checked={one === tone}
                onChange={() => setTone(one)}
              />
              <span aria-hidden="true">{hand ? inTone(hand, one) : one}</span>
            </label>
          ))}
        </span>
      </div>
    </Frimousse.Root>
  )
}

const toneMap = ({ tones: [light, mediumLight, medium, mediumDark, dark] }: Emoji) => ({
  light: light as string,
  'medium-light': mediumLight as string,
  medium: medium as string,
  'medium-dark': mediumDark as string,
  dark: dark as string,
})
