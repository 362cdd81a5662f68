# Redrill, and a server for it to start. `npm ci` makes dist/, then: docker build -t redrill .
#   docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/work" redrill run scenarios --report html=redrill.html
ARG BASE=node:22-slim
FROM ${BASE}

# Another base may have a server.
RUN command -v valkey-server || command -v redis-server || { \
      apt-get -qq update && \
      apt-get -qq install -y --no-install-recommends redis-server && \
      rm -rf /var/lib/apt/lists/*; \
    }

COPY LICENSE /opt/redrill/
COPY dist/bin.cjs dist/redrill.cjs dist/rare.cjs dist/THIRD-PARTY-LICENSES.txt /opt/redrill/dist/
RUN chmod 755 /opt/redrill/dist/bin.cjs && ln -s /opt/redrill/dist/bin.cjs /usr/local/bin/redrill

# What it would remember goes with the container.
ENV REDRILL_CACHE=off
# By number, so that Kubernetes can see that it is not root. Any other works as well.
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["redrill"]
CMD ["run"]
