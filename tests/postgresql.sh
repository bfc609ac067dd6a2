#!/usr/bin/env bash
# A throw-away PostgreSQL for the tests: `start` prints its URL for LSE_TEST_POSTGRESQL, `stop` removes it without a trace.
set -euo pipefail
cd /

folder=${LSE_TEST_POSTGRESQL_FOLDER:-/tmp/lse-postgresql}
port=54329
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] || { echo "no PostgreSQL: got no /usr/lib/postgresql/*/bin, expected Debian's package" >&2; exit 1; }

# The server refuses to run as root.
server() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

stop() {
    [ -d "$folder" ] || return 0
    server "$programs/pg_ctl" -D "$folder/data" -m immediate -s stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}

case ${1:-} in
start)
    stop
    mkdir -m 700 "$folder"
    [ "$(id -u)" != 0 ] || chown postgres: "$folder"
    server "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    # A cluster that does not outlive the tests need not outlive a power cut.
    server "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w \
        -o "-k $folder -p $port -c listen_addresses= -c fsync=off -c max_connections=300" start >/dev/null
    # The tests run as whoever started the script: the socket is theirs too.
    chmod 755 "$folder"
    echo "postgresql+psycopg://postgres@/postgres?host=$folder&port=$port"
    ;;
stop) stop ;;
*) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
