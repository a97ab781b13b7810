import { NebError } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { refused } from '../errors.ts';
import { launchFailure } from './failure.ts';

/** What engines and registries say, word for word, and what their user reads. */
const said: readonly (readonly [status: number, words: string, code: string, message: string])[] = [
  [404, 'manifest for 127.0.0.1:5000/app:v9 not found: manifest unknown: manifest unknown', 'not_found', 'image 127.0.0.1:5000/app:v9 does not exist in 127.0.0.1:5000'],
  [500, 'manifest unknown: The named manifest is not known to the registry.', 'not_found', 'image 127.0.0.1:5000/app:v9 does not exist in 127.0.0.1:5000'],
  [404, "pull access denied for app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", 'not_found', 'image 127.0.0.1:5000/app:v9 does not exist in 127.0.0.1:5000, or is private and wants credentials'],
  [500, 'Head "http://127.0.0.1:5000/v2/app/manifests/v9": no basic auth credentials', 'unauthorized', 'the registry 127.0.0.1:5000 refuses 127.0.0.1:5000/app:v9: it wants other credentials'],
  [500, 'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password', 'unauthorized', 'the registry 127.0.0.1:5000 refuses 127.0.0.1:5000/app:v9: it wants other credentials'],
  [500, 'error pulling image: denied: installation not allowed to read organization package', 'unauthorized', 'the registry 127.0.0.1:5000 does not let these credentials pull 127.0.0.1:5000/app:v9'],
  [500, 'toomanyrequests: You have reached your pull rate limit.', 'rate_limited', 'the registry 127.0.0.1:5000 allows no more pulls for now; give credentials for it or try later'],
  [500, 'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused', 'unavailable', 'the registry 127.0.0.1:5000 cannot be reached for 127.0.0.1:5000/app:v9'],
  [500, 'Get "https://nowhere.example/v2/": dial tcp: lookup nowhere.example: no such host', 'unavailable', 'the registry 127.0.0.1:5000 cannot be reached for 127.0.0.1:5000/app:v9'],
  [400, 'invalid reference format: repository name must be lowercase', 'invalid', '"127.0.0.1:5000/app:v9" is not the name of an image'],
  [500, 'write /var/lib/docker/tmp/GetImageBlob1: no space left on device', 'unavailable', 'disk full: the host has no space left for the image or the container'],
  [500, 'driver failed programming external connectivity on endpoint x (1): Bind for 127.0.0.1:8080 failed: port is already allocated', 'conflict', 'port 8080 of the host is taken'],
  [500, 'driver failed programming external connectivity on endpoint x (1): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use', 'conflict', 'port 80 of the host is taken'],
  [500, 'Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: permission denied', 'unavailable', "port 80 cannot be published at this host's address"],
  [400, 'failed to create shim: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "nope": executable file not found in $PATH: unknown', 'invalid', 'command "nope" is not in image 127.0.0.1:5000/app:v9'],
  [400, 'OCI runtime create failed: runc create failed: unable to start container process: exec: "/bin/nope": stat /bin/nope: no such file or directory: unknown', 'invalid', 'command "/bin/nope" is not in image 127.0.0.1:5000/app:v9'],
  [400, 'OCI runtime create failed: exec: "/etc": permission denied: unknown', 'invalid', 'command "/etc" of image 127.0.0.1:5000/app:v9 may not be run: permission denied'],
  [400, 'No command specified', 'invalid', 'image 127.0.0.1:5000/app:v9 has no command of its own; set command'],
  [500, 'could not select device driver "nvidia" with capabilities: [[gpu]]', 'no_capacity', 'the host has no such accelerator, or no NVIDIA container runtime'],
  [403, 'no available IPv4 addresses on this network\'s address pools: neb.a.b (123)', 'no_capacity', "the namespace's network has no address left"],
  [400, 'Minimum memory limit allowed is 6MB', 'invalid', 'the memory limit is below the least possible, 6MB'],
  [400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available', 'invalid', 'the cpu limit is outside what the host has, 0.01 to 2.00'],
];

describe('a launch failure', () => {
  it.each(said)('%i "%s" is %s', (status, words, code, message) => {
    expect(launchFailure(refused('here', status, words), { image: '127.0.0.1:5000/app:v9' })).toEqual({ code, message });
  });

  it('of an unknown kind says what the engine said', () => {
    expect(launchFailure(refused('here', 500, 'something new'), { image: 'a' })).toEqual({ code: 'unavailable', message: 'the Docker Engine at here says: something new' });
  });

  it('keeps the hint of an error that is not the engine\'s', () => {
    expect(launchFailure(new NebError('unavailable', 'no engine', { hint: 'Start it.' }), { image: 'a' }).message).toBe('no engine. Start it.');
  });

  it('tells no secret, whoever repeats it', () => {
    const words = 'cannot log in to https://user:hunter22@registry.example with hunter22 or Bearer abcdefghijkl?token=abc&x=1';
    const { message } = launchFailure(refused('here', 500, words), { image: 'a', secrets: ['hunter22'] });
    for (const secret of ['hunter22', 'user:', 'abcdefghijkl', 'token=abc']) expect(message).not.toContain(secret);
  });
});
