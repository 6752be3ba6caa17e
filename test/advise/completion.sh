#!/usr/bin/env bash
# completion.sh TUTTI SOURCE: what the shell completes, and that the man page names every option.
set -u
tutti=$1
source "$2/tool/completion/tutti.bash"
wrong=0

expect() { # wanted words, then the command line
  local wanted=$1
  shift
  COMP_WORDS=("$tutti" "$@")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _tutti
  if [[ " ${COMPREPLY[*]} " != *" $wanted "* ]]; then
    echo "tutti $*: wanted '$wanted', got '${COMPREPLY[*]}'"
    wrong=1
  fi
}

expect "advise" a
expect "compare" co
expect "crunch costs" compare c
expect "--workers" compare crunch --w
expect "--isolate" advise --is
expect "blocking async" advise --code ""
expect "--json" doctor --j
expect "sleep" advise -- sle

page=$2/docs/man/tutti-advise.1
for option in $("$tutti" advise --help | grep -oE -- '--[a-z]+' | sort -u); do
  [[ $option == --help ]] && continue
  if ! grep -qF -- "${option//-/\\-}" "$page"; then
    echo "$page says nothing about $option"
    wrong=1
  fi
done
exit $wrong
