import { isModerator } from '../chat/roles';
import type { RoomMember, RoomState } from '../chat/room-state';
import type { MessageRow } from '../chat/rows';
import type { Session } from '../chat/session';
import { MemberDialog } from './member-dialog';
import { MessageDialog } from './message-dialog';
import { RenameDialog } from './rename-dialog';
import { SettingsDialog } from './settings-dialog';
import { ShareDialog } from './share-dialog';

/** The modal dialog that is open. */
export type OpenDialog =
  | { kind: 'share' | 'settings' | 'rename' }
  | { kind: 'member'; member: RoomMember }
  | { kind: 'message'; message: MessageRow };

interface Props {
  session: Session;
  room: RoomState;
  dialog?: OpenDialog;
  close: () => void;
  focusComposer: () => void;
  /** Called when the user wants to reply to the message with the sequence number. */
  startReply: (seq: number) => void;
}

/** Shows the open dialog of a room. */
export function RoomDialogs({ session, room, dialog, close, focusComposer, startReply }: Props) {
  switch (dialog?.kind) {
    case 'share':
      return <ShareDialog session={session} room={room} close={close} />;
    case 'settings':
      return <SettingsDialog session={session} room={room} close={close} />;
    case 'rename':
      return <RenameDialog session={session} username={room.you.username} close={close} />;
    case 'member':
      return <MemberDialog session={session} member={dialog.member} role={room.role} close={close} />;
    case 'message': {
      const { message } = dialog;
      return (
        <MessageDialog
          session={session}
          message={message}
          mayReply={room.role !== 'reader' && !room.isMissing}
          mayEdit={message.isOwn && !room.isMissing}
          mayDelete={(message.isOwn || isModerator(room.role)) && !room.isMissing}
          close={close}
          onDelete={focusComposer}
          onReply={() => message.seq !== undefined && startReply(message.seq)}
        />
      );
    }
    default:
      return null;
  }
}
