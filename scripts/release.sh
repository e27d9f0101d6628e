#!/usr/bin/env bash
# Checks the release configuration and builds a snapshot of it: all platforms,
# archives, SBOMs and checksums. Signing needs a key, so it is left to the
# release workflow. With "release" it makes the release itself, as that does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p .build
go build -C tools/release -o "$PWD/.build/goreleaser" github.com/goreleaser/goreleaser/v2
go build -C tools/sbom -o "$PWD/.build/cyclonedx-gomod" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
export PATH=$PWD/.build:$PATH # where the release finds them, whatever its folder
goreleaser check

# notes VERSION prints its section of CHANGELOG.md, and fails where there is none.
notes() {
  awk -v version="$1" '
    /^## / { on = index($0, "## [" version "]") == 1; next }
    /^\[[^]]*\]: / { next }
    on { print; if (NF) found = 1 }
    END { exit !found }' CHANGELOG.md || { echo "CHANGELOG.md says nothing of $1" >&2; return 1; }
}

if [ "${1:-}" = release ]; then
  tag=$(git describe --tags --exact-match)
  notes "${tag#v}" >.build/notes.md
  exec goreleaser release --clean --release-notes "$PWD/.build/notes.md"
fi
notes Unreleased >.build/notes.md
goreleaser release --snapshot --clean --skip=publish,sign

# What the registry looks at.
cd dist
version=$(sed -n 's/.*"version":"\([^"]*\)".*/\1/p' metadata.json | head -n 1)
name=terraform-provider-thoughtindustries
sums=${name}_${version}_SHA256SUMS
sha256sum --check --quiet --ignore-missing "$sums"
grep -q "${name}_${version}_manifest.json" "$sums" || { echo "the manifest is not in $sums" >&2; exit 1; }
for platform in darwin_amd64 darwin_arm64 linux_amd64 linux_arm64 windows_amd64; do
  grep -q "  ${name}_${version}_${platform}.zip\$" "$sums" || { echo "$platform is not in $sums" >&2; exit 1; }
done
here=$(go env GOOS)_$(go env GOARCH)
binary=$(find . -type f -path "*_${here}_*/*" -name "${name}_v*" | head -n 1)
"$binary" -version | grep -F "$version" || { echo "$binary does not say its version" >&2; exit 1; }
echo "The snapshot $version has $(grep -c '\.zip$' "$sums") archives, and their checksums hold."
