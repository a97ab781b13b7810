import { systemClock, systemRandom } from '@neb/core-types';
import { loadConfig } from '../src/config.ts';
import { redisHome } from '../src/redis/home.ts';

// Opens the Redis of a server in a process that can be killed, says where it is, and stays.
const home = await redisHome(loadConfig(), { clock: systemClock, random: systemRandom, fleet: process.argv[2]! });
process.stdout.write((await home.open()).url);
setInterval(() => undefined, 60_000);
