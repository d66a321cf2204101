import { countOf } from '../../format/number.ts';
import { groupNeighbors, PORT_BANDS, type PortMark, portPosition } from './port-scale.ts';

const WIDTH = 1_000;
const HEIGHT = 56;
const SHORTEST_MARK = 14;
/** How far beside a lone line the pointer still finds it. */
const REACH = 4;
/** Drawn at most; the strip is a picture, the table beside it is the list. */
const MAX_MARKS = 4_000;

interface PortStripProps {
  readonly marks: readonly PortMark[];
  /** What is pictured, as the beginning of a sentence: `Open ports of the 50 hosts below`. */
  readonly caption: string;
  /** Whether more may still appear. */
  readonly isUnderWay: boolean;
}

/** All 65,536 ports from left to right; a line where one is open, taller the more hosts have it. */
export function PortStrip({ marks, caption, isUnderWay }: PortStripProps) {
  const most = marks.reduce((highest, { hosts }) => Math.max(highest, hosts), 1);
  const none = isUnderWay ? 'none yet' : 'none';
  return (
    <figure>
      <svg
        role="img"
        aria-label={`${caption}: ${marks.length === 0 ? none : describe(marks)}`}
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
        {groupNeighbors(marks.slice(0, MAX_MARKS)).map((group) => (
          <MarkGroup key={group[0]?.port} group={group} most={most} />
        ))}
      </svg>
      <BandNames />
      <figcaption className="mt-2 flex flex-wrap justify-between gap-x-4 gap-y-1 text-xs text-muted">
        <span>
          {caption}: {marks.length === 0 ? none : countOf(marks.length, 'port')}.
        </span>
        <span>{SCALE_NOTE}</span>
      </figcaption>
    </figure>
  );
}

const SCALE_NOTE = `Not to scale: ports up to ${PORT_BANDS[0].last} take ${PORT_BANDS[0].to * 100} % of the width; close ones share a line.`;

/** The lines of neighbours, and one area around them that the pointer finds and that names them all. */
function MarkGroup({ group, most }: { readonly group: readonly PortMark[]; readonly most: number }) {
  const places = group.map(({ port }) => portPosition(port) * WIDTH);
  const [left, right] = [Math.min(...places), Math.max(...places)];
  return (
    <g>
      <title>{describe(group)}</title>
      <rect x={left - REACH} width={right - left + 2 * REACH} height={HEIGHT} fill="transparent" />
      {group.map(({ port, hosts }) => (
        <line
          key={port}
          x1={portPosition(port) * WIDTH}
          x2={portPosition(port) * WIDTH}
          y1={HEIGHT}
          y2={HEIGHT - SHORTEST_MARK - (hosts / most) * (HEIGHT - SHORTEST_MARK)}
          className="stroke-accent"
          strokeWidth="2"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </g>
  );
}

function BandNames() {
  return (
    <div aria-hidden="true" className="mt-1 grid grid-cols-[40fr_45fr_15fr] text-[0.6875rem] text-muted">
      {PORT_BANDS.map(({ name, first, last }) => (
        <div key={name} className="min-w-0 whitespace-nowrap">
          <p className="flex justify-between">
            <span>{first === 0 ? first : ''}</span>
            <span>{last}</span>
          </p>
          <p className="text-center">{name}</p>
        </div>
      ))}
    </div>
  );
}

const PORTS_SPOKEN = 12;

function describe(marks: readonly PortMark[]): string {
  const spoken = marks
    .slice(0, PORTS_SPOKEN)
    .map(({ port, hosts }) => `${port} on ${countOf(hosts, 'host')}`);
  const rest = marks.length - spoken.length;
  return rest > 0
    ? `${spoken.join(', ')} and ${countOf(rest, 'more port', 'more ports')}`
    : spoken.join(', ');
}
