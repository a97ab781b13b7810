import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The image that the README's manifests of models name, made of examples/services/chat, since tests reach no registry. */
const chatImage = 'vllm/vllm-openai:latest';

export const importChatImage = async (): Promise<void> => void (await run(join(import.meta.dirname, '../../../../examples/services/chat/make-image.sh'), [chatImage], { timeout: 120_000 }));
export const removeChatImage = async (): Promise<void> => void (await run('docker', ['rmi', '-f', chatImage]));
