#!/usr/bin/env bash
# Finds or fetches the real servers that the tests are judged by: redis-server and valkey-server.
#
# A server that stands on PATH is used as it is.  What is missing is downloaded with apt and unpacked
# below .servers/, together with the shared libraries this machine lacks: nothing is installed, no
# service is started, and root is not needed.  .servers/bin/ then holds one launcher per program.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
servers=$root/.servers
bin=$servers/bin

say() { printf 'servers: %s\n' "$*"; }
die() { printf 'servers: %s\n' "$*" >&2; exit 1; }

# --- what is there ------------------------------------------------------------------------------

works() { [ -x "$1" ] && "$1" --version >/dev/null 2>&1; }

# Prints where program $1 is: fetched earlier, or on PATH.
find_program() {
    local found
    if works "$bin/$1"; then
        printf '%s\n' "$bin/$1"
    elif found=$(command -v "$1") && works "$found"; then
        printf '%s\n' "$found"
    else
        return 1
    fi
}

# --- apt without root ---------------------------------------------------------------------------

# apt with lists and a cache of its own: it reads the machine's sources and writes only below $work.
# The machine's record of what is installed is read too, so that only what lacks is downloaded.
private_apt() {
    apt-get -qq \
        -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" \
        -o Dir::Etc::SourceList="$work/sources.list" \
        -o Dir::Etc::SourceParts="$work/sources.d" \
        -o Debug::NoLocking=true \
        -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=false \
        -o Acquire::Languages=none \
        "$@"
}

prepare_apt() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        die "this needs apt (Debian). Elsewhere put redis-server and valkey-server on PATH yourself."
    mkdir -p "$servers"
    work=$(mktemp -d "$servers/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources.d"
    : >"$work/sources.list"
    if [ -r /etc/apt/sources.list ]; then cp /etc/apt/sources.list "$work/sources.list"; fi
    local file
    for file in /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -r "$file" ]; then cp "$file" "$work/sources.d/"; fi
    done
    update_lists || say "apt could not read every source of this machine; going on with the rest"
}

update_lists() { private_apt update >"$work/update.log" 2>&1; }

# The mirror this machine takes $1 (a release such as bookworm) from: no host is named in this file.
mirror_of() {
    private_apt indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$1" '$2 == release && $3 == "main" { print $1; exit }'
}

# The key that the machine trusts this mirror by, where a file is named; Debian's own otherwise.
key_of() {
    local key
    key=$(cat "$work"/sources.d/*.sources 2>/dev/null |
        awk -v mirror="${1%/}" '
            /^[[:space:]]*$/ { here = 0 }
            /^URIs:/ { here = index($0, mirror) }
            /^Signed-By:[[:space:]]*\// { if (here) { print $2; exit } }')
    if [ -z "$key" ] && [ -r /usr/share/keyrings/debian-archive-keyring.gpg ]; then
        key=/usr/share/keyrings/debian-archive-keyring.gpg
    fi
    printf '%s' "$key"
}

candidate() { private_apt --simulate install "$1" >/dev/null 2>&1; }

# Adds <release>-backports, from the mirror that the release itself comes from.
add_backports() {
    local mirror key
    mirror=$(mirror_of "$release")
    [ -n "$mirror" ] || die "apt knows no mirror of $release here; see /etc/apt/sources.list.d"
    key=$(key_of "$mirror")
    {
        printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$mirror" "$release"
        if [ -n "$key" ]; then printf 'Signed-By: %s\n' "$key"; fi
    } >"$work/sources.d/servers-backports.sources"
    update_lists || { cat "$work/update.log" >&2; die "apt could not read $release-backports"; }
}

# fetch <folder> <package> ...: downloads the packages and every dependency this machine lacks, and
# unpacks servers into .servers/<folder>, libraries into .servers/lib.
fetch() {
    local folder=$1 archive name
    shift
    rm -f "$work"/cache/archives/*.deb
    private_apt --yes --download-only install "$@" >"$work/install.log" 2>&1 ||
        { cat "$work/install.log" >&2; die "apt could not download: $*"; }
    mkdir -p "$servers/$folder" "$servers/lib"
    for archive in "$work"/cache/archives/*.deb; do
        name=$(dpkg-deb --field "$archive" Package)
        case $name in
            *-server | *-tools | *-sentinel) dpkg-deb --extract "$archive" "$servers/$folder" ;;
            libc6 | libc-bin) ;;  # never beside the machine's own loader
            lib*) unpack_library "$archive" ;;
            *) ;;  # what only an installation needs: adduser, service files ...
        esac
    done
}

unpack_library() {
    local unpacked=$work/library
    rm -rf "$unpacked"
    dpkg-deb --extract "$1" "$unpacked"
    find "$unpacked" -name '*.so*' \( -type f -o -type l \) -exec cp -P {} "$servers/lib/" \;
}

# launcher <folder> <program>: starts the unpacked program with the unpacked libraries, same process.
launcher() {
    [ -x "$servers/$1/usr/bin/$2" ] || return 0
    mkdir -p "$bin"
    cat >"$bin/$2" <<EOF
#!/bin/sh
servers=\$(cd "\$(dirname "\$0")/.." && pwd)
export LD_LIBRARY_PATH="\$servers/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$servers/$1/usr/bin/$2" "\$@"
EOF
    chmod +x "$bin/$2"
}

launchers() {
    launcher redis redis-server
    launcher redis redis-cli
    launcher redis redis-benchmark
    launcher valkey valkey-server
    launcher valkey valkey-cli
    launcher valkey valkey-benchmark
}

# --- the work -----------------------------------------------------------------------------------

launchers # for what an earlier run unpacked

missing=()
for program in redis-server redis-benchmark; do
    find_program "$program" >/dev/null || missing=(redis)
done
find_program valkey-server >/dev/null || missing+=(valkey)

if [ ${#missing[@]} -gt 0 ]; then
    say "fetching ${missing[*]} with apt, into .servers/ (nothing is installed)"
    release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    prepare_apt
    for server in "${missing[@]}"; do
        case $server in
            redis)
                candidate redis-server || die "apt knows no redis-server here: $(tail -n 3 "$work/update.log")"
                fetch redis redis-server redis-tools
                ;;
            valkey)
                if candidate valkey-server; then
                    fetch valkey valkey-server valkey-tools
                else
                    add_backports
                    fetch valkey -t "$release-backports" valkey-server valkey-tools
                fi
                ;;
        esac
    done
    launchers
fi

for program in redis-server valkey-server; do
    path=$(find_program "$program") || {
        if [ -x "$bin/$program" ]; then "$bin/$program" --version >&2 || true; fi
        die "$program was unpacked, but does not start"
    }
    say "$("$path" --version | sed -E 's/^([A-Za-z]+) server v=([^ ]+).*/\1 \2/'): ${path#"$root"/}"
done
