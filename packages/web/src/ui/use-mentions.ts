import type { User } from '@roomcast/client';
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { findMentionStart, suggestMentions } from '../chat/mention-suggestions';

interface Options {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  /** The users that can be mentioned. */
  users: readonly User[];
  changeText: (text: string) => void;
}

/** Suggests the names that complete the mention before the cursor of a field. */
export function useMentions({ field, text, users, changeText }: Options) {
  /** Undefined while the field is not focused. */
  const [cursor, setCursor] = useState<number>();
  /** The position of the mention for which the user closed the suggestions. */
  const [closedAt, setClosedAt] = useState<number>();
  const [activeId, setActiveId] = useState<string>();
  const mention = cursor === undefined ? undefined : findMentionStart(text, cursor);
  const suggestions = mention && mention.index !== closedAt ? suggestMentions(mention.name, users) : [];
  const activeIndex = Math.max(
    0,
    suggestions.findIndex(({ userId }) => userId === activeId),
  );

  const readCursor = () => {
    const { current } = field;
    if (!current) return;
    setCursor(current.selectionEnd);
    if (!findMentionStart(current.value, current.selectionEnd)) setClosedAt(undefined);
  };
  const close = () => setClosedAt(mention?.index);
  const move = (step: number) =>
    setActiveId(suggestions[(activeIndex + step + suggestions.length) % suggestions.length]?.userId);

  /** Replaces the start of the mention before the cursor with the mention of a user. */
  const choose = ({ username }: User) => {
    const { current } = field;
    if (!current || !mention || cursor === undefined) return;
    const space = current.value[cursor] === ' ' ? '' : ' ';
    current.setRangeText(`@${username}${space}`, mention.index, cursor, 'end');
    changeText(current.value);
    setCursor(current.selectionEnd);
    close();
  };

  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => choose(suggestions[activeIndex] as User),
    Tab: () => choose(suggestions[activeIndex] as User),
    Escape: close,
  };
  /** Returns whether the list of suggestions handled the key. */
  const handleKey = (event: KeyboardEvent): boolean => {
    const handle = suggestions.length > 0 && !event.shiftKey ? keys[event.key] : undefined;
    if (!handle) return false;
    event.preventDefault();
    handle();
    return true;
  };

  return {
    suggestions,
    active: suggestions[activeIndex],
    choose,
    handleKey,
    readCursor,
    leave: () => setCursor(undefined),
  };
}
