import { Fragment } from 'react';

/** A range list such as `1-21,23-79`: its lines break after commas and nowhere else. */
export function PortList({ ports }: { readonly ports: string }) {
  const items = ports.split(',');
  return items.map((item, index) => (
    // The same item can stand in the list for TCP and for UDP.
    <Fragment key={`${item}-${index}`}>
      {index > 0 && ', '}
      {item.includes('-') ? <span className="whitespace-nowrap">{item}</span> : item}
    </Fragment>
  ));
}
