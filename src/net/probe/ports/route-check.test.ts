import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { LINK_ETHERNET, LINK_NONE } from '#net/native/links/link-kind.js';
import type { Link, Route, Routes } from '#net/native/links/routes.js';
import { ROUTE_POLL_MS, RouteCheck } from '#net/probe/ports/route-check.js';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

const TARGET = address('198.18.5.1');
const GATEWAY = address('198.18.0.2');
const ON_LINK: Route = {
  interfaceIndex: 3,
  gateway: undefined,
  source: address('198.18.0.1'),
  isLocal: false,
};
const ROUTED: Route = { ...ON_LINK, gateway: GATEWAY };
const UP: Link = {
  index: 3,
  name: 'eth',
  kind: LINK_ETHERNET,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
  isUp: true,
};

/** What the kernel says, which a test changes; counts how often it was asked for a route. */
class Kernel implements Routes {
  currentRoute: Route | undefined = ON_LINK;
  currentLink: Link | undefined = UP;
  readonly neighborMacs = new Map<bigint, Uint8Array>();
  routeCalls = 0;
  isClosed = false;

  route(): Route | undefined {
    this.routeCalls += 1;
    return this.currentRoute;
  }

  link(): Link | undefined {
    return this.currentLink;
  }

  neighbors(): ReadonlyMap<bigint, Uint8Array> {
    return this.neighborMacs;
  }

  close(): void {
    this.isClosed = true;
  }
}

function checking(kernel: Kernel) {
  let nowMs = 0;
  const routeCheck = new RouteCheck({ now: () => nowMs, monotonic: () => nowMs }, () => kernel);
  return {
    routeCheck,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('the way out', () => {
  it('is whole to a neighbor, whether or not it says where it is', () => {
    expect(checking(new Kernel()).routeCheck.unreachableTo(TARGET)).toBeUndefined();
  });

  it('ends where no route leads, and where the interface is down or gone', () => {
    const kernel = new Kernel();
    kernel.currentRoute = undefined;
    expect(checking(kernel).routeCheck.unreachableTo(TARGET)).toBe('ENETUNREACH');
    kernel.currentRoute = ON_LINK;
    for (const port of [{ ...UP, isUp: false }, undefined]) {
      kernel.currentLink = port;
      expect(checking(kernel).routeCheck.unreachableTo(TARGET)).toBe('ENETDOWN');
    }
  });

  it('ends at a gateway that does not say where it is, where that has to be asked', () => {
    const kernel = new Kernel();
    kernel.currentRoute = ROUTED;
    expect(checking(kernel).routeCheck.unreachableTo(TARGET)).toBe('NO_GATEWAY');
    kernel.neighborMacs.set(GATEWAY.value, Uint8Array.of(2, 0, 0, 0, 0, 2));
    expect(checking(kernel).routeCheck.unreachableTo(TARGET)).toBeUndefined();
    kernel.neighborMacs.clear();
    kernel.currentLink = { ...UP, kind: LINK_NONE };
    expect(checking(kernel).routeCheck.unreachableTo(TARGET)).toBeUndefined();
  });

  it('is looked at anew after a while, and not for each of a thousand ports', () => {
    const kernel = new Kernel();
    const { routeCheck, wait } = checking(kernel);
    for (let port = 0; port < 1_000; port += 1) expect(routeCheck.unreachableTo(TARGET)).toBeUndefined();
    expect(kernel.routeCalls).toBe(1);
    kernel.currentRoute = undefined;
    wait(ROUTE_POLL_MS);
    expect(routeCheck.unreachableTo(TARGET)).toBe('ENETUNREACH');
    routeCheck.close();
    expect(kernel.isClosed).toBe(true);
  });

  it('is taken for whole where the kernel does not say', () => {
    const routeCheck = new RouteCheck({ now: () => 0, monotonic: () => 0 }, () => {
      throw new NativeCallError('socket', 'EAFNOSUPPORT');
    });
    expect(routeCheck.unreachableTo(TARGET)).toBeUndefined();
    routeCheck.close();
  });
});
