import { countOf } from '../format/number.ts';
import { PORT_BANDS, type PortMark, portPosition } from './port-scale.ts';

const WIDTH = 1_000;
const HEIGHT = 56;
const SHORTEST_MARK = 14;
/** Drawn at most; the strip is a picture, the table beside it is the list. */
const MAX_MARKS = 4_000;

interface PortStripProps {
  readonly marks: readonly PortMark[];
  /** What is pictured, as the beginning of a sentence: `Open ports of the 50 hosts below`. */
  readonly caption: string;
}

/** All 65,536 ports from left to right; a line where one is open, taller the more hosts have it. */
export function PortStrip({ marks, caption }: PortStripProps) {
  const most = marks.reduce((highest, { hosts }) => Math.max(highest, hosts), 1);
  return (
    <figure>
      <svg
        role="img"
        aria-label={`${caption}: ${describe(marks)}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-14 w-full overflow-visible"
      >
        {PORT_BANDS.map(({ name, from, to }, index) => (
          <rect
            key={name}
            x={from * WIDTH}
            width={(to - from) * WIDTH}
            height={HEIGHT}
            className="fill-sunken"
            opacity={index === 1 ? 1 : 0.6}
          />
        ))}
        {marks.slice(0, MAX_MARKS).map(({ port, hosts }) => (
          <line
            key={port}
            x1={portPosition(port) * WIDTH}
            x2={portPosition(port) * WIDTH}
            y1={HEIGHT}
            y2={HEIGHT - SHORTEST_MARK - (hosts / most) * (HEIGHT - SHORTEST_MARK)}
            className="stroke-accent"
            strokeWidth="2"
            vectorEffect="non-scaling-stroke"
          >
            <title>{`${port} on ${countOf(hosts, 'host')}`}</title>
          </line>
        ))}
      </svg>
      <BandNames />
      <figcaption className="mt-2 text-xs text-muted">
        {caption}: {marks.length === 0 ? 'none yet' : countOf(marks.length, 'port')}.
      </figcaption>
    </figure>
  );
}

function BandNames() {
  return (
    <div aria-hidden="true" className="mt-1 grid grid-cols-[40fr_45fr_15fr] text-[0.6875rem] text-muted">
      {PORT_BANDS.map(({ name, first, last }) => (
        <span key={name} className="flex justify-between gap-2 overflow-hidden whitespace-nowrap">
          <span>{first}</span>
          <span className="hidden text-center sm:inline">{name}</span>
          <span className={last === 65_535 ? '' : 'hidden sm:invisible sm:inline'}>{last}</span>
        </span>
      ))}
    </div>
  );
}

const PORTS_SPOKEN = 12;

function describe(marks: readonly PortMark[]): string {
  if (marks.length === 0) return 'none';
  const spoken = marks
    .slice(0, PORTS_SPOKEN)
    .map(({ port, hosts }) => `${port} on ${countOf(hosts, 'host')}`);
  const rest = marks.length - spoken.length;
  return rest > 0
    ? `${spoken.join(', ')} and ${countOf(rest, 'more port', 'more ports')}`
    : spoken.join(', ');
}
