# Sourced by scripts that show or try the provider: build_sandbox builds it and the
# fake API into $work, start_fake starts that one. Nothing is left behind, also when
# the script is interrupted.
work=$(mktemp -d)
server=

clean_up() {
  local code=$?
  trap - EXIT
  trap '' INT TERM # nothing stops this
  stop_fake
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_sandbox() {
  local version=0.1.0 platform host dir # what the examples ask for
  platform=$(go env GOOS)_$(go env GOARCH)
  go build -o "$work/mockapi" ./internal/mockapi/cmd/mockapi
  go build -ldflags "-X main.version=$version" -o "$work/provider" .
  # A file-system mirror, so that init installs it as it would from a registry.
  for host in registry.terraform.io registry.opentofu.org; do
    dir=$work/mirror/$host/ti-community/thoughtindustries/$version/$platform
    mkdir -p "$dir"
    cp "$work/provider" "$dir/terraform-provider-thoughtindustries_v$version"
  done
  cat >"$work/cli.tfrc" <<CONFIG
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
CONFIG
  # Nothing of the person's own set-up takes part.
  local name
  for name in $(compgen -e | grep -E '^(TF_|THOUGHTINDUSTRIES_)' || true); do unset "$name"; done
  export TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
}

# start_fake starts a fake API with the demo's clients; what it says is in $work/mockapi.out.
start_fake() {
  rm -f "$work/address"
  # In a process group of its own, so that an interrupt lets the engine finish what it began.
  set -m
  "$work/mockapi" -seed -control -addr-file "$work/address" >"$work/mockapi.out" 2>&1 &
  server=$!
  set +m
  for _ in $(seq 100); do
    [ -s "$work/address" ] && break
    kill -0 "$server" 2>/dev/null || { cat "$work/mockapi.out"; exit 1; }
    sleep 0.1
  done
  [ -s "$work/address" ] || { echo "the fake API did not start" >&2; exit 1; }
  THOUGHTINDUSTRIES_BASE_URL=$(cat "$work/address")
  export THOUGHTINDUSTRIES_BASE_URL THOUGHTINDUSTRIES_API_KEY=ti_test_demo
}

stop_fake() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  server=
}
