import { useEffect, useState } from 'preact/hooks';

/**
 * Timers fire late on hidden pages and after a device wakes up, so the day is checked regularly instead of waiting until
 * midnight.
 */
const CHECK_MS = 60_000;

/** Returns the start of the day in epoch milliseconds. Renders the component again on the next day. */
export function useToday(): number {
  const [today, setToday] = useState(startOfToday);
  useEffect(() => {
    const update = () => setToday(startOfToday());
    const timer = setInterval(update, CHECK_MS);
    document.addEventListener('visibilitychange', update);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', update);
    };
  }, []);
  return today;
}

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0);
}
