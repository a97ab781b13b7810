import { type Clock, newId, type Random, systemClock, systemRandom } from '@neb/core-types';
import { type Faults, faults } from '../faults.ts';
import { actions } from './actions.ts';
import { ec2Catalogue, type Ec2Catalogue } from './catalogue.ts';
import { type Hosts, plainHosts } from './hosts.ts';
import { ec2InProcess, type SdkHandler } from './in-process.ts';
import type { Ec2Instance } from './instance.ts';
import { instances as instancesOf } from './instances.ts';
import { ec2Network, type Ec2Network } from './network.ts';
import type { Ec2Exchange, Ec2Responder } from './reply.ts';
import { listenAsEc2 } from './server.ts';
import { type Volumes, volumesOf } from './volumes.ts';

/** An EC2 of one account, on loopback. Disposing of it ends everything in it. */
export interface Ec2Cloud extends AsyncDisposable {
  /** Where its APIs listen, such as `http://127.0.0.1:1234`: EC2's, and of SSM's what tells images. */
  readonly url: string;
  /** A `requestHandler` for AWS's SDK that reaches the same APIs without a socket. */
  readonly handler: SdkHandler;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly faults: Faults;
  readonly catalogue: Ec2Catalogue;
  readonly network: Pick<Ec2Network, 'groups' | 'keyPairs'>;
  readonly volumes: Pick<Volumes, 'all'>;
  /** Every instance that costs money, listed or not: the state of the world. */
  machines(): readonly Readonly<Ec2Instance>[];
  /** Takes an instance away at once, as broken hardware does. */
  vanish(id: string): void;
  /** What was asked and answered so far, but for what was cut off. */
  readonly exchanges: readonly Ec2Exchange[];
}

/** How the cloud behaves. */
export interface Ec2CloudOptions {
  /** The machine's own by default. */
  readonly clock?: Clock | undefined;
  /** Draws ids, keys, and faults that have a chance. */
  readonly random?: Random | undefined;
  /** What boots; plain bookkeeping by default. */
  readonly hosts?: Hosts | undefined;
}

/** Opens an EC2 on a free port of 127.0.0.1 that speaks the Query API. */
export async function ec2Cloud({ clock = systemClock, random = systemRandom, hosts = plainHosts() }: Ec2CloudOptions = {}): Promise<Ec2Cloud> {
  const credentials = { accessKeyId: `AKIA${newId(random)}XXXX`.toUpperCase(), secretAccessKey: `${newId(random)}${newId(random)}${newId(random)}` };
  const script = faults(clock, random);
  const catalogue = ec2Catalogue();
  const network = ec2Network(catalogue.zones, random);
  const volumes = volumesOf(clock, random);
  const instances = instancesOf({ clock, random, faults: script, catalogue, hosts, ended: volumes.release });
  const exchanges: Ec2Exchange[] = [];
  const table = actions({ clock, catalogue, instances, network, volumes });
  const responder: Ec2Responder = { clock, faults: script, accessKeyId: credentials.accessKeyId, table, observe: (exchange) => void exchanges.push(exchange) };
  const { url, close } = await listenAsEc2(responder);
  const alive = (): readonly Ec2Instance[] => instances.all().filter(({ state }) => state !== 'terminated');

  return {
    url, credentials, handler: ec2InProcess(responder), faults: script, catalogue, network, volumes, exchanges,
    machines: alive,
    vanish(id) {
      const instance = alive().find((one) => one.id === id);
      if (instance) instances.end(instance, 'Server.InternalError');
    },
    async [Symbol.asyncDispose]() {
      for (const instance of alive()) instances.end(instance, 'Server.InternalError');
      await close();
    },
  };
}
