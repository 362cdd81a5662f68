/*
 * What fan-out is measured against: a reader that counts bytes and does nothing else, and a sender of what is bytes
 * already. The password comes by the variable REDISCLI_AUTH.
 *   fanout read PORT CHANNEL SUBSCRIBERS BYTES  says "ready" once all are subscribed, and after BYTES in all
 *                                               how many seconds of processor it took
 *   fanout send PORT FILE REPLIES               sends the file, and ends after so many lines
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Sends a command, and reads until what came ends with `end`. */
static void ask(int socket_, const char *command, const char *end) {
  size_t length = 0, wanted = strlen(end);
  if (write(socket_, command, strlen(command)) < 0) fail("write");
  while (length < wanted || memcmp(buffer + length - wanted, end, wanted) != 0) {
    ssize_t got = read(socket_, buffer + length, sizeof buffer - length);
    if (got <= 0) fail("read");
    length += got;
  }
}

static int dial(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int one = 1, socket_ = socket(AF_INET, SOCK_STREAM, 0);
  char command[512];
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (connect(socket_, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  snprintf(command, sizeof command, "AUTH %s\r\n", getenv("REDISCLI_AUTH"));
  ask(socket_, command, "+OK\r\n");
  return socket_;
}

static void readAll(int port, const char *channel, int subscribers, long bytes) {
  struct epoll_event events[256];
  int poller = epoll_create1(0);
  char command[512];
  snprintf(command, sizeof command, "SUBSCRIBE %s\r\n", channel);
  for (int index = 0; index < subscribers; index++) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = dial(port)};
    ask(event.data.fd, command, ":1\r\n");
    epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event);
  }
  puts("ready");
  fflush(stdout);
  clock_t start = clock();
  while (bytes > 0) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int index = 0; index < count; index++) {
      ssize_t got = read(events[index].data.fd, buffer, sizeof buffer);
      if (got <= 0) fail("read");
      bytes -= got;
    }
  }
  printf("%f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
}

static void sendAll(int port, const char *path, long replies) {
  FILE *file = fopen(path, "r");
  fseek(file, 0, SEEK_END);
  long size = ftell(file), sent = 0;
  char *content = malloc(size);
  rewind(file);
  if (fread(content, 1, size, file) != (size_t)size) fail("fread");
  int socket_ = dial(port);
  while (replies > 0) {
    struct pollfd poller = {.fd = socket_, .events = sent < size ? POLLIN | POLLOUT : POLLIN};
    poll(&poller, 1, -1);
    if (poller.revents & POLLOUT) {
      long most = size - sent < 65536 ? size - sent : 65536;
      ssize_t written = send(socket_, content + sent, most, MSG_DONTWAIT);
      if (written > 0) sent += written;
    }
    if (poller.revents & (POLLIN | POLLHUP)) {
      ssize_t got = read(socket_, buffer, sizeof buffer);
      if (got <= 0) fail("read");
      for (ssize_t at = 0; at < got; at++) replies -= buffer[at] == '\n';
    }
  }
}

int main(int count, char **args) {
  if (count == 6 && strcmp(args[1], "read") == 0) readAll(atoi(args[2]), args[3], atoi(args[4]), atol(args[5]));
  else if (count == 5 && strcmp(args[1], "send") == 0) sendAll(atoi(args[2]), args[3], atol(args[4]));
  else return 2;
  return 0;
}
