import { useEffect, useState } from 'preact/hooks';

/**
 * At this width or more, the lists of rooms and members are next to the log. On narrower screens, they cover it. room.css
 * contains the same width.
 */
const WIDE_SCREEN = '(min-width: 60rem)';

/** Returns whether the lists of rooms and members are shown. Wide screens show both by default. */
export function usePanels() {
  const [isWide, setIsWide] = useState(() => matchMedia(WIDE_SCREEN).matches);
  const [showsMembers, setShowsMembers] = useState(isWide);
  const [showsRooms, setShowsRooms] = useState(isWide);
  useEffect(() => {
    const wideScreen = matchMedia(WIDE_SCREEN);
    const onChange = () => {
      setIsWide(wideScreen.matches);
      setShowsMembers(wideScreen.matches);
      setShowsRooms(wideScreen.matches);
    };
    wideScreen.addEventListener('change', onChange);
    return () => wideScreen.removeEventListener('change', onChange);
  }, []);
  return { isWide, showsMembers, setShowsMembers, showsRooms, setShowsRooms };
}
