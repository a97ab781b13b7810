import { type PodImage, podImage } from '@neb/cloud-simulator';

/** What stands in for the image of the README's job, since tests reach no registry: a shell, an SSH server, and a `trl` that says what it was asked for and stays. */
export const trlImage = (): Promise<PodImage> => podImage('huggingface/trl-latest-gpu:latest', {
  server: 'sshd',
  programs: { '/bin/activate': 'ENVIRONMENT=trl\n', '/bin/trl': '#!/bin/sh\necho "trl $*"\nexec sleep 1000\n' },
});
