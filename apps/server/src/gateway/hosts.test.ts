import { expect, test } from 'vitest';
import { hostsOf } from './plane.ts';

test.each([
  ['web', 'shop', ['web.shop.localhost', 'service-1.localhost']],
  ['web_2', 'my-shop', ['web_2.my-shop.localhost', 'service-1.localhost']],
  // Another tenant's `a` in `b.c`, or `web` in `shop`, would be called the same.
  ['a.b', 'c', ['service-1.localhost']],
  ['a', 'b.c', ['service-1.localhost']],
  ['web', 'Shop', ['service-1.localhost']],
  ['Web', 'shop', ['service-1.localhost']],
])('the service %s in %s is reached by names that are no other\'s', (name, namespace, hosts) => expect(hostsOf({ id: '1', name, namespace }, 'localhost')).toEqual(hosts));
