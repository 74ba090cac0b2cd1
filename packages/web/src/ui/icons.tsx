import type { ComponentChildren } from 'preact';

/** Shows an icon in the text color. The surrounding control provides the accessible name. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="glyph" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const CrossIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9m0-9-9 9" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4.5v11M4.5 10h11" />
  </Icon>
);

export const RoomsIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M3.5 10h13M3.5 14.5h8" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="7.5" cy="7" r="2.8" />
    <path d="M2.5 16c.4-3 2.3-4.5 5-4.5s4.6 1.5 5 4.5M13 4.5a2.6 2.6 0 0 1 0 5M14.8 12c1.6.6 2.5 1.9 2.7 4" />
  </Icon>
);

export const ShareIcon = () => (
  <Icon>
    <path d="M8.3 11.7a3.3 3.3 0 0 0 4.7 0l2.8-2.8a3.3 3.3 0 0 0-4.7-4.7l-1.1 1.1M11.7 8.3a3.3 3.3 0 0 0-4.7 0l-2.8 2.8a3.3 3.3 0 0 0 4.7 4.7l1.1-1.1" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M12.5 6.5 16 10l-3.5 3.5M16 10H8" />
  </Icon>
);

export const UpIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5 9.3l5-5 5 5" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5" />
    <path d="m12.8 12.8 3.7 3.7" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.5M5 10.7l5 5 5-5" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="m4 16 .8-3.2 8-8a1.7 1.7 0 0 1 2.4 2.4l-8 8zM11.5 6l2.5 2.5" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="3" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M3 6h8m4 0h2M3 14h2m4 0h8" />
    <circle cx="13" cy="6" r="2" />
    <circle cx="7" cy="14" r="2" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 6.5V10l2.3 1.5" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m5 10.5 3.3 3.3L15 6.8" />
  </Icon>
);

export const PrivateMessageIcon = () => (
  <Icon>
    <path d="M3.5 5A1.5 1.5 0 0 1 5 3.5h10A1.5 1.5 0 0 1 16.5 5v7a1.5 1.5 0 0 1-1.5 1.5H9L5.5 17v-3.5H5A1.5 1.5 0 0 1 3.5 12z" />
  </Icon>
);

export const MegaphoneIcon = () => (
  <Icon>
    <path d="M4 8.5v3.5h2.5l6 3V5.5l-6 3zM15.3 8a3.5 3.5 0 0 1 0 4.5" />
  </Icon>
);
