import { expect, test } from 'vitest';
import { bridgeAddress } from './bridge-address.ts';

const route = `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
const trie = `Local:
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
        |-- 192.168.0.7
           /32 host LOCAL
`;
const files = (routes: string) => async (file: string) => (file.endsWith('route') ? routes : trie);

test('the bridge\'s address is this machine\'s own in the bridge\'s range', async () => {
  expect(await bridgeAddress(files(route))).toBe('172.17.0.1');
});

test('without the bridge, or the tables, there is none', async () => {
  expect(await bridgeAddress(files(route.replace('docker0', 'br-1')))).toBeUndefined();
  expect(await bridgeAddress(async () => { throw new Error('no such file'); })).toBeUndefined();
});
