import { useState } from 'preact/hooks';
import type { Memory } from '../chat/memory';
import { linkTo, spoken } from '../chat/room-link';
import { CrossIcon } from './icons';

/** The rooms one has been in, to go back to. */
export function Visits({ memory }: { memory: Memory }) {
  const [visits, setVisits] = useState(memory.visits());
  if (visits.length === 0) return null;
  const forget = (room: string) => {
    memory.forget(room);
    setVisits(memory.visits());
  };
  return (
    <section class="visits" aria-labelledby="visits">
      <h2 id="visits">Rooms you know</h2>
      <ul>
        {visits.map(({ room, name }) => (
          <li key={room}>
            <a href={linkTo(room, '')}>
              <bdi>{name ?? (room === 'lobby' ? 'The lobby' : 'Room')}</bdi>
              {room !== 'lobby' && <span class="code">{spoken(room)}</span>}
            </a>
            <button
              type="button"
              class="icon"
              aria-label={`Forget ${name ?? spoken(room)}`}
              onClick={() => forget(room)}
            >
              <CrossIcon />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
