# Completion of the tutti program for bash: commands, their options, then whatever the watched program would complete.
_tutti() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "advise compare doctor --help --version" -- "$current")
    return
  fi
  local i
  for ((i = 2; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
      return
    fi
  done
  case $previous in
    --json | --html) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --task) mapfile -t COMPREPLY < <(compgen -W "io cpu mixed" -- "$current"); return ;;
    --code) mapfile -t COMPREPLY < <(compgen -W "blocking async" -- "$current"); return ;;
    --pid) mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && printf '%s ' [0-9]*)" -- "$current"); return ;;
  esac
  if [[ $command == compare && COMP_CWORD -eq 2 && $current != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "all fetch crunch mixed costs" -- "$current")
    return
  fi
  # Every command knows its own options best.
  local options
  options=$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null | grep -oE '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | sort -u)
  mapfile -t COMPREPLY < <(compgen -W "$options --" -- "$current")
}
complete -o default -F _tutti tutti
