import { describeReaction, OFFERED_EMOJIS, type Reaction } from '../chat/reactions';

interface Props {
  reactions: readonly Reaction[];
  isDisabled: boolean;
  /** Adds the user's reaction, or removes it. */
  react: (emoji: string, remove: boolean) => void;
}

/** Shows the reactions to a message. Each has a button that adds or removes the user's reaction. */
export function Reactions({ reactions, isDisabled, react }: Props) {
  return (
    <div class="reactions">
      {reactions.map((reaction) => (
        <button
          key={reaction.emoji}
          type="button"
          tabIndex={-1}
          disabled={isDisabled}
          aria-pressed={reaction.isOwn}
          aria-label={describeReaction(reaction)}
          onClick={() => react(reaction.emoji, reaction.isOwn)}
        >
          {reaction.emoji} <span>{reaction.count}</span>
        </button>
      ))}
    </div>
  );
}

/** Shows buttons with the emoji that the user can add. */
export function ReactionPicker({ reactions, react }: Omit<Props, 'isDisabled'>) {
  return (
    <fieldset class="reactions">
      <legend class="visually-hidden">React</legend>
      {OFFERED_EMOJIS.map((emoji) => {
        const isOwn = reactions.some((reaction) => reaction.emoji === emoji && reaction.isOwn);
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={isOwn}
            aria-label={`React with ${emoji}`}
            onClick={() => react(emoji, isOwn)}
          >
            {emoji}
          </button>
        );
      })}
    </fieldset>
  );
}
