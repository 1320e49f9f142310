# setup.sh: sourced by demo.sh and check.sh. Installs the packages of etc/packages.txt that are
# missing (Debian, needs root or sudo) and leaves the shell in the project's folder.
cd "$(dirname "$0")/.." || exit 1

missing=""
for package in $(grep -v '^#' etc/packages.txt); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "setup: please install as root:$missing" >&2; exit 1; }
        as_root=sudo
    fi
    echo "setup: installing:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq >&2 || exit 1
    # shellcheck disable=SC2086  # a list of package names
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || exit 1
fi
