import { type CheckReport, defineChecker, type MessageNames, type Selection } from '../contracts/checker.js';
import { Account, type Kind } from './account.js';
import { Audience } from './audience.js';
import { type SubscriberRow, whatIsOpen, whatIsWrong } from './fan-out-reasons.js';
import { Publications } from './publications.js';
import { selectorOf } from './selection.js';

export interface FanOutOptions extends Selection {
  readonly guarantee: 'every-subscriber' | 'none';
  readonly order: 'none' | 'fifo';
}

/** Gaps in a report. */
const SHOWN_GAPS = 100;
const NO_CHANNEL = -1;
/** Ids of each kind in a report. */
const SHOWN_MESSAGES = 10;

const KINDS: readonly Kind[] = ['lost', 'unexpected', 'duplicated', 'recovered', 'reordered'];

export const fanOut = defineChecker<FanOutOptions>({
  name: 'fan-out',
  summary: 'Compares what each subscriber received with every message that was published on its channels.',
  definition: `Every subscriber of the steps \`to\` is *owed* every message that a publisher of the steps \`from\` published on its
channels and that the server took, whenever it subscribed; a message that matches two of its patterns is owed once for
each. Patterns match by the rules of Redis. A sharded channel is another channel than the one of the same name.

For each subscriber, and in sum:

- received: messages of these publishers that were delivered to it, each once for each subscription.
- lost: owed, not received, and taken by the server before the subscriber had last read all that the server had for it
  (\`caughtUp\`). undecided: owed, not received, and taken after that, or it never was seen to have read all.
- duplicated: deliveries beyond the first. recovered: received though the publisher never learnt the outcome; what has an
  unknown outcome is never owed. unexpected: delivered though nobody in the case sent it to this channel, though the
  server had refused it, or by a subscription that was never confirmed.
- Of several messages with equal content and no envelope, a subscriber is taken to have received those first that the
  server took, so that nothing is called lost that may have come.
- reordered: received before a message that the same publisher had sent earlier on the same channel; only messages that
  the server took are compared.

A *gap* is a run of lost messages of one publisher on one channel, between two that were received. Its cause is \`late\`:
they were sent before the subscription was confirmed; \`disconnect\`: they may have been on their way to a connection that
broke, because they were sent after the last message that came by it, and before the subscriptions were confirmed again;
else \`unknown\`.

failed: with the guarantee \`every-subscriber\`, lost or unexpected is above 0; with the order \`fifo\`, reordered is.
unknown: nothing was acknowledged; a publisher was still at it; a step has no subscriber; a subscriber was not seen to
have read all that was published; with the guarantee, one was owed nothing.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const publications = new Publications(names.messages);
    const audience = new Audience();
    let epoch = names.beganAt;
    return {
      see(event) {
        epoch ??= event.time;
        const role = roleOf(event);
        if (event.operation === 'push') {
          if (event.message >= 0) publications.see(event, role === 'push');
        } else if (role === 'reader' || (role === 'consume' && event.operation === 'deliver' && event.message >= 0)) {
          audience.see(event, event.operation === 'deliver' ? publications.channel(event) : NO_CHANNEL);
        }
      },
      report() {
        publications.matchContents(names.idOf);
        return reportOf(publications, audience, { options, names, epoch: epoch ?? 0 });
      },
    };
  },
});

interface Question {
  readonly options: FanOutOptions;
  readonly names: MessageNames;
  readonly epoch: number;
}

function reportOf(publications: Publications, audience: Audience, question: Question): CheckReport {
  const { names, epoch } = question;
  const examples: Record<Kind, string[]> = { lost: [], unexpected: [], duplicated: [], recovered: [], reordered: [] };
  const found = (kind: Kind, message: number): void => {
    const ids = examples[kind];
    const id = names.idOf(message);
    if (ids.length < SHOWN_MESSAGES && !ids.includes(id)) ids.push(id);
  };
  const subscribers = audience.subscribers(question.options.to);
  const gapLimit = Math.max(1, Math.floor(SHOWN_GAPS / Math.max(1, subscribers.length)));
  const accounts = subscribers.map((one) => new Account(one, publications, gapLimit, names.idOf, found));
  const published = countPublished(publications);
  const sum = (count: (account: Account) => number) => accounts.reduce((total, account) => total + count(account), 0);
  const counts = {
    ...published,
    owed: sum(({ owed }) => owed),
    delivered: sum(({ received }) => received),
    undecided: sum(({ undecided }) => undecided),
    ...Object.fromEntries(KINDS.map((kind) => [kind, sum(({ counts }) => counts[kind])])),
    disconnects: sum(({ subscriber }) => subscriber.breaks.length),
    gaps: sum(({ gapCount }) => gapCount),
  };
  let room = SHOWN_GAPS;
  const perSubscriber = accounts.map((account): SubscriberRow => {
    const gaps = account.gaps.slice(0, room).map((gap) => ({ ...gap, at: gap.at - epoch }));
    room -= gaps.length;
    const { subscriber, owed, received, undecided } = account;
    const [disconnects, caughtUp] = [subscriber.breaks.length, account.caughtUp];
    return { subscriber: subscriber.name, owed, received, undecided, ...account.counts, disconnects, caughtUp, gaps };
  });
  const silent = (question.options.to ?? []).filter((step) => !audience.steps.has(step));
  const wrong = whatIsWrong(perSubscriber, question.options);
  const open = whatIsOpen(perSubscriber, { ...published, silent }, question.options);
  return {
    verdict: wrong.length > 0 ? 'failed' : open.length > 0 ? 'unknown' : 'passed',
    reasons: wrong.length > 0 ? wrong : open,
    counts,
    examples: Object.fromEntries(Object.entries(examples).filter(([, ids]) => ids.length > 0)),
    details: { perSubscriber },
  };
}

function countPublished(publications: Publications) {
  const published = { attempted: 0, acknowledged: 0, unknown: 0, pending: 0 };
  for (let publication = 0; publication < publications.size; publication++) {
    if (!publications.isSelected(publication)) continue;
    published.attempted++;
    const outcome = publications.outcomeOf(publication);
    if (outcome !== 'refused') published[outcome]++;
  }
  return published;
}
