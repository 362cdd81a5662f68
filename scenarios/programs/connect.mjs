// Connects to the server that the environment names. By TLS, Node trusts what NODE_EXTRA_CA_CERTS says.
import { Cluster, Redis } from 'ioredis';

export function connect({ REDIS_URL, TOPOLOGY } = process.env) {
  if (TOPOLOGY !== 'cluster') return new Redis(REDIS_URL);
  const { protocol, hostname: host, port, username, password } = new URL(REDIS_URL);
  return new Cluster([{ host, port: Number(port) }], {
    // For every node, since they know of each other by their addresses alone.
    redisOptions: {
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password),
      tls: protocol === 'rediss:' ? {} : undefined,
    },
  });
}
